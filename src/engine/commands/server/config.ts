/*
 * CONFIG: look at the directives, change them, write them back to the file.
 */
import { cText, fold, type Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import { block, command, container, multiple, string, type ServerForCommands } from '../../command.ts';
import { directives, directiveList } from '../../config/directives.ts';
import { rewriteConfig, userLines } from '../../config/rewrite.ts';
import { isBadValue, type Directive, type DirectiveValue } from '../../config/values.ts';
import { isDiskError } from '../../env.ts';
import { replaceFile } from '../../persistence/replace-file.ts';
import { globMatch } from '../../glob.ts';
import { CommandError, LOADING, mapReply, OK, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';
import { isAllowed } from './protected.ts';

const get = command(
  {
    name: 'GET', group: 'server', since: '2.0.0', arity: -3,
    summary: 'Show the directives whose names match a pattern.',
    complexity: 'O(N) in the number of directives and patterns',
    flags: ['admin', 'noscript', 'loading', 'stale'],
    history: [['7.0.0', 'Takes several patterns in one call.']],
    args: [multiple(string('parameter'))],
    replies: ['a map of directive and value'],
    examples: ['CONFIG GET maxmemory*', 'CONFIG GET save timeout'],
  },
  function configGet({ server, argv }): Reply {
    const found = new Map<Bytes, Bytes>();
    const spelled = new Set<Bytes>();
    for (const pattern of argv.slice(2)) {
      // A plain name is answered as it was spelled.
      if (!/[*?[]/.test(pattern)) {
        const directive = directives.get(fold(pattern));
        if (directive !== undefined && !spelled.has(fold(pattern))) found.set(pattern, shownNow(server, directive));
        spelled.add(fold(pattern));
        continue;
      }
      for (const directive of directiveList) {
        for (const name of [directive.name, directive.alias]) {
          if (name === undefined || directive.hidden || spelled.has(name) || !globMatch(pattern, name, true)) continue;
          found.set(name, shownNow(server, directive));
          spelled.add(name);
        }
      }
    }
    return mapReply([...found]);
  },
);

/** `dir` is the folder the process works in, whatever the file said. */
function shownNow(server: ServerForCommands, directive: Directive): Bytes {
  const shown = server.config.shown(directive);
  return directive.name === 'dir' && shown === '' ? server.env.surroundings.directory : shown;
}

const set = command(
  {
    name: 'SET', group: 'server', since: '2.0.0', arity: -4,
    summary: 'Change directives while the server runs: all of those named, or none.',
    complexity: 'O(N) in the number of directives',
    flags: ['admin', 'noscript', 'loading', 'stale'],
    history: [['7.0.0', 'Takes several directives in one call.']],
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    secrets: (argv) => argv.flatMap((word, index) => (index % 2 === 0 && directives.get(fold(word))?.sensitive === true ? [index + 1] : [])),
    args: [multiple(block('data', [string('parameter'), string('value')]))],
    replies: ['OK'],
    examples: ['CONFIG SET maxmemory 100mb', 'CONFIG GET maxmemory'],
    differs: 'What watchdog-period makes the log say has no stack of the machine; and a single command that takes too long is told of when it has ended, not in its middle.',
  },
  function configSet({ server, client, argv }): Reply {
    if (argv.length % 2 === 1) throw new CommandError('ERR syntax error');
    const chosen: { directive: Directive; name: Bytes; text: Bytes }[] = [];
    for (let i = 2; i < argv.length; i += 2) {
      const name = argv[i] as Bytes;
      const directive = directives.get(fold(name));
      if (directive === undefined) throw new CommandError(`ERR Unknown option or number of arguments for CONFIG SET - '${cText(name)}'`);
      if (directive.immutable) throw failed(name, "can't set immutable config");
      if (directive.protected && !protectedAllowed(server, client)) throw failed(name, "can't set protected config");
      if (server.loading.inProgress && NOT_WHILE_LOADING.has(directive.name)) throw new CommandError(LOADING);
      if (chosen.some((each) => each.directive === directive)) throw failed(name, 'duplicate parameter');
      chosen.push({ directive, name, text: argv[i + 1] as Bytes });
    }
    // All values are read before the first of them takes effect.
    const values = chosen.map(({ directive, name, text }) => {
      const value = directive.parse(text, server.config.value(directive.name));
      if (isBadValue(value)) throw failed(name, value.problem);
      return value;
    });
    const before: [Bytes, DirectiveValue][] = [];
    for (const [index, { directive, name }] of chosen.entries()) {
      const old = server.config.value(directive.name);
      const value = values[index] as DirectiveValue;
      const problem = value === old ? undefined : server.refusesDirective(directive.name, value);
      if (problem !== undefined) {
        for (const [changed, was] of before) server.config.put(changed, was);
        throw failed(name, problem);
      }
      before.push([directive.name, old]);
      server.config.put(directive.name, adjusted(directive.name, value));
    }
    return OK;
  },
);

/** How and from where is loaded. */
const NOT_WHILE_LOADING = new Set<Bytes>(['dir', 'repl-diskless-load']);

function failed(name: Bytes, why: Bytes): CommandError {
  return new CommandError(`ERR CONFIG SET failed (possibly related to argument '${cText(name)}') - ${why}`);
}

function protectedAllowed({ config }: ServerForCommands, client: Client): boolean {
  return isAllowed(config.text('enable-protected-configs'), client);
}

/** The smallest backlog there is, whatever was asked (bytes). */
const REPL_BACKLOG_MIN_SIZE = 16384;

/** hz lives between 1 and 500 whatever was asked (CONFIG_MIN_HZ, CONFIG_MAX_HZ). */
function adjusted(name: Bytes, value: DirectiveValue): DirectiveValue {
  if (name === 'repl-backlog-size') return Math.max(REPL_BACKLOG_MIN_SIZE, Number(value));
  return name === 'hz' ? Math.min(500, Math.max(1, Number(value))) : value;
}

const resetstat = command(
  {
    name: 'RESETSTAT', group: 'server', since: '2.0.0', arity: 2,
    summary: 'Start the counters of INFO again at zero.',
    complexity: 'O(1)',
    flags: ['admin', 'noscript', 'loading', 'stale'],
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    replies: ['OK'],
    examples: ['CONFIG RESETSTAT'],
  },
  function configResetstat({ server }): Reply {
    server.statistics.reset();
    server.fork.count = 0;
    server.scripting.evals.evicted = 0;
    server.replication.resetCounts();
    return OK;
  },
);

/** Writes the present values into the configuration file; why that failed, or undefined. `all`: directives with their defaults, too. */
export function rewriteConfigFile(server: ServerForCommands, all?: 'all'): Bytes | undefined {
  const { config, env } = server;
  const old = env.disk.read(config.file);
  const text = rewriteConfig(isDiskError(old) ? '' : old, config, new Map([['user', userLines(server)]]), all);
  const temporary = `${config.file}.${env.surroundings.pid}-rewrite.tmp`;
  return replaceFile(env.disk, config.file, temporary, text)?.message;
}

const rewrite = command(
  {
    name: 'REWRITE', group: 'server', since: '2.8.0', arity: 2,
    summary: 'Write the present values into the configuration file, comments kept.',
    complexity: 'O(1)',
    flags: ['admin', 'noscript', 'loading', 'stale'],
    tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
    replies: ['OK'],
  },
  function configRewrite({ server }): Reply {
    if (server.config.file === '') throw new CommandError('ERR The server is running without a config file');
    const refused = rewriteConfigFile(server);
    if (refused !== undefined) throw new CommandError(`ERR Rewriting config file: ${refused}`);
    server.log('notice', 'CONFIG REWRITE executed with success.');
    return OK;
  },
);

const help = helpCommand('CONFIG', 'server', '5.0.0', [
  ['GET <pattern>', 'Show the directives whose names match, with their values.'],
  ['SET <directive> <value>', 'Change a directive while the server runs.'],
  ['RESETSTAT', 'Start the counters of INFO again.'],
  ['REWRITE', 'Write the present values into the configuration file.'],
]);

export const config = container({
  name: 'CONFIG', group: 'server', since: '2.0.0', arity: -2,
  summary: 'Read and change the configuration.',
  complexity: 'Depends on the subcommand',
  subcommands: [get, set, resetstat, rewrite, help],
});
