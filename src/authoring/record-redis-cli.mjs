/*
 * Records how the real redis-cli prints every kind of reply
 * ---------------------------------------------------------
 * A scripted server answers with chosen bytes, so that types and nestings are recorded which no
 * command of a plain server returns. Each case is run once per output mode. The result is the golden
 * file beside the formatter's test, which replays it without a redis-cli.
 *
 *   PATH="<folder with redis-cli>:$PATH" node src/authoring/record-redis-cli.mjs
 */
import { createServer } from 'node:net';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const PORT = Number(process.env.RECORD_PORT ?? 7816);
const target = new URL('../terminal/programs/redis-cli/replies.goldens.json', import.meta.url);

const bulk = (bytes) => `$${bytes.length}\r\n${bytes}\r\n`;
const array = (...items) => `*${items.length}\r\n${items.join('')}`;
const map = (...items) => `%${items.length / 2}\r\n${items.join('')}`;
const set = (...items) => `~${items.length}\r\n${items.join('')}`;
const int = (n) => `:${n}\r\n`;
const nil = '$-1\r\n';
let everyByte = '';
for (let i = 0; i < 256; i++) everyByte += String.fromCharCode(i);

const cases = {
  'status': '+OK\r\n',
  'empty status': '+\r\n',
  'error': "-ERR unknown command 'x', with args beginning with: \r\n",
  'wrong type': '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n',
  'integer': ':42\r\n',
  'negative integer': ':-9223372036854775808\r\n',
  'bulk': bulk('hello'),
  'empty bulk': bulk(''),
  'bulk with quotes and controls': bulk('a"b\\c\n\r\t\x07\b\x00\x1b\x7f'),
  'bulk with UTF-8': bulk('h\xc3\xa9llo \xe2\x82\xac \xf0\x9f\x98\x80'),
  'every byte': bulk(everyByte),
  'bulk ending in a newline': bulk('line one\nline two\n'),
  'nil bulk': nil,
  'nil array': '*-1\r\n',
  'nil of RESP3': '_\r\n',
  'empty array': '*0\r\n',
  'array': array(bulk('a'), bulk('b'), bulk('c')),
  'array of every scalar': array(bulk('a'), int(1), nil, '+OK\r\n', '-ERR no\r\n', ',1.5\r\n', '#t\r\n', '#f\r\n', '_\r\n', '=7\r\ntxt:abc\r\n'),
  'array of ten': array(...Array.from({ length: 10 }, (_, i) => bulk(`v${i}`))),
  'array of one hundred and one': array(...Array.from({ length: 101 }, (_, i) => int(i))),
  'nested arrays': array(array(bulk('a'), bulk('b')), array(bulk('c'), array(bulk('d'), bulk('e')))),
  'nested in ten': array(...Array.from({ length: 11 }, (_, i) => array(bulk(`k${i}`), array(int(i), int(i + 1))))),
  'empty nested': array('*0\r\n', array('*0\r\n', bulk('x')), '%0\r\n', '~0\r\n', '*-1\r\n'),
  'stream entries': array(array(bulk('1-1'), array(bulk('f'), bulk('v'), bulk('g'), bulk('w'))), array(bulk('2-1'), array(bulk('f'), bulk('v')))),
  'scan': array(bulk('0'), array(bulk('a'), bulk('b'))),
  'map': map(bulk('a'), int(1), bulk('b'), bulk('two')),
  'map with status and integer keys': map('+proto\r\n', int(3), int(7), bulk('seven'), '#t\r\n', nil, ',1.25\r\n', bulk('d')),
  'empty map': '%0\r\n',
  'map of ten': map(...Array.from({ length: 20 }, (_, i) => (i % 2 ? int(i) : bulk(`k${i / 2}`)))),
  'map of maps': map(bulk('x'), map(bulk('y'), map(bulk('z'), int(1), bulk('zz'), int(2))), bulk('list'), array(bulk('p'), bulk('q'))),
  'array of maps': array(map(bulk('a'), int(1)), map(bulk('b'), int(2), bulk('c'), array(int(3), int(4)))),
  'map with aggregate keys': map(array(bulk('a'), bulk('b')), int(1), map(bulk('k'), bulk('v')), int(2)),
  'set': set(bulk('a'), bulk('b')),
  'set of ten': set(...Array.from({ length: 10 }, (_, i) => bulk(`m${i}`))),
  'empty set': '~0\r\n',
  'set in map': map(bulk('flags'), set('+denyoom\r\n', '+fast\r\n')),
  'double': ',3.1415900000000001\r\n',
  'double integer': ',10\r\n',
  'double exponent': ',1e+300\r\n',
  'double infinite': ',inf\r\n',
  'double minus infinite': ',-inf\r\n',
  'double not a number': ',nan\r\n',
  'true': '#t\r\n',
  'false': '#f\r\n',
  'verbatim': '=15\r\ntxt:Some string\r\n',
  'verbatim lines': '=14\r\ntxt:one\r\ntwo\r\n\r\n',
  'verbatim markdown': '=9\r\nmkd:# \xc3\xa9\x00\r\n',
  'verbatim in an array': array('=7\r\ntxt:abc\r\n', bulk('abc')),
  'big number': '(3492890328409238509324850943850943825024385\r\n',
  'blob error': '!21\r\nSYNTAX invalid syntax\r\n',
  'attribute': '|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n',
  'attribute inside': array(int(1), '|1\r\n+ttl\r\n:3600\r\n' + bulk('v'), int(2)),
  'push': '>2\r\n' + bulk('invalidate') + array(bulk('foo')) + '+OK\r\n',
  'big number inside': array(int(1), '(123\r\n'),
  'bad array length': '*x\r\n',
  'nil set': '~-1\r\n',
  'error inside': array('-ERR no\r\n', map(bulk('k'), '-ERR no\r\n')),
  'bad type byte': '?2\r\n',
  'bad integer': ':12a\r\n',
  'bad bulk length': '$a\r\nhello\r\n',
  'bad boolean': '#x\r\n',
  'bad double': ',1.2.3\r\n',
  'bad nil': '_x\r\n',
  'bad big number': '(12a\r\n',
  'bad verbatim': '=3\r\nabc\r\n',
  'bulk without its end': '$3\r\nabcXY',
  'closed in the middle': '$5\r\nab',
  'closed at once': '',
};

const modes = { tty: ['--no-raw'], raw: ['--raw'], csv: ['--csv'], json: ['--json'], quotedJson: ['--quoted-json'], rawDelimiters: ['--raw', '-d', '|', '-D', '#'], exitCode: ['--no-raw', '-e'] };

let wire = '';
const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => {
    if (/\r\nHELLO\r\n/i.test(data.toString('latin1'))) socket.write('%1\r\n$5\r\nproto\r\n:3\r\n');
    else {
      socket.write(Buffer.from(wire, 'latin1'));
      if (!wire.endsWith('\r\n')) socket.end();
    }
  });
});
await new Promise((done) => server.listen(PORT, '127.0.0.1', done));

/** One run of redis-cli: what it wrote and how it ended. A reply that leaves it waiting is ended after a moment. */
function run(args) {
  return new Promise((done) => {
    const child = spawn('redis-cli', ['-p', String(PORT), ...args, 'GET', 'k'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += data.toString('latin1')));
    child.stderr.on('data', (data) => (stderr += data.toString('latin1')));
    const patience = setTimeout(() => child.kill('SIGKILL'), 1500);
    child.on('close', (code) => {
      clearTimeout(patience);
      done({ stdout, stderr, code });
    });
  });
}

const goldens = [];
for (const [name, bytes] of Object.entries(cases)) {
  wire = bytes;
  const entry = { name, wire: bytes };
  for (const [mode, args] of Object.entries(modes)) {
    const { stdout, stderr, code } = await run(args);
    if (mode === 'exitCode') entry[mode] = code;
    else entry[mode] = stderr === '' ? stdout : { stdout, stderr, code };
  }
  goldens.push(entry);
}
server.close();
const ascii = (text) => text.replace(/[\x7f-\xff]/g, (c) => `\\u00${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
writeFileSync(target, `[\n${goldens.map((entry) => ascii(JSON.stringify(entry))).join(',\n')}\n]\n`);
console.log(`${goldens.length} replies recorded`);
