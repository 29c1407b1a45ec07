/* redis-check-rdb: whether an RDB file is whole, and how far it is when it is not. */
import { type Bytes, checkRdb, isDiskError, REDIS_VERSION } from '../../../engine/index.ts';
import type { Process, Program } from '../../../simulation/index.ts';

/** What both checkers call themselves when asked for their version. */
export const versionLine = (name: Bytes): Bytes => `${name} v=${REDIS_VERSION} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=6b657973706163e5\n`;

export const redisCheckRdb: Program = {
  name: 'redis-check-rdb',
  summary: 'check an RDB file',
  manual: `Usage: redis-check-rdb <rdb-file-name>

Reads a snapshot from front to back and says whether it is whole: the notes
of the server that wrote it, its databases, how many keys there are and how many
of them have a deadline, and whether the checksum is right. A damaged file is
described: how far it could be read, and what was being read there.

  redis-check-rdb dump.rdb
  redis-check-rdb --version
`,
  run(process) {
    const [, file] = process.argv;
    if (file === undefined || process.argv.length !== 2) {
      process.stderr.write('Usage: redis-check-rdb <rdb-file-name>\n');
      process.exit(1);
    } else if (file === '--version' || file === '-v') {
      process.stdout.write(versionLine('redis-check-rdb'));
      process.exit(0);
    } else {
      const content = process.env.disk.read(process.resolve(file));
      if (isDiskError(content)) {
        process.stdout.write(`[offset 0] Checking RDB file ${file}\n`);
        process.exit(1);
      } else process.exit(reportRdb(process, file, content) === undefined ? 1 : 0);
    }
  },
};

/** Tells what there is to tell of the file; where it ended, or undefined when it is damaged. */
export function reportRdb(process: Process, file: Bytes, content: Bytes): number | undefined {
  const out = (text: Bytes): void => process.stdout.write(text);
  const tell = (offset: number, text: Bytes): void => out(`[offset ${offset}] ${text}\n`);
  tell(0, `Checking RDB file ${file}`);
  const check = checkRdb(content, Math.floor(process.env.clock.now() / 1000), tell);
  if (check.problem === undefined) tell(check.end, '\\o/ RDB looks OK! \\o/');
  else {
    out('--- RDB ERROR DETECTED ---\n');
    tell(check.end, check.problem);
    out(`[additional info] While doing: ${check.doing}\n`);
    if (check.key !== undefined) out(`[additional info] Reading key '${check.key}'\n`);
    if (check.type !== undefined) out(`[additional info] Reading type ${check.type.number} (${check.type.name})\n`);
  }
  out(`[info] ${check.keys} keys read\n[info] ${check.expires} expires\n[info] ${check.expired} already expired\n[info] ${check.subexpires} subexpires\n`);
  return check.problem === undefined ? check.end : undefined;
}
