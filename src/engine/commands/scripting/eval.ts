/*
 * EVAL and FCALL: running a script or a function.
 */
import { parseInteger, type Bytes } from '../../bytes.ts';
import { command, integer, key, multiple, optional, string, type Arg, type Command, type CommandSpec, type Ctx, type KeySpec } from '../../command.ts';
import { CommandError, NOT_AN_INTEGER, type Reply } from '../../reply.ts';
import { evalUnderDebugger } from '../../scripting/debugger/begin.ts';

const RUNS = ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys'] as const;
const RUNS_READONLY = ['readonly', ...RUNS] as const;

/** The keys stand behind their number. */
function scriptKeys(reads: boolean, notes: boolean): readonly KeySpec[] {
  return [{
    flags: reads ? ['RO', 'access'] : ['RW', 'access', 'update'], begin: { index: 2 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 },
    ...(notes ? { notes: reads ? 'A script of any kind may name keys here that it only reads.' : 'Which of the keys are written is known to the script alone.' } : {}),
  }];
}

const scriptArguments = (what: string): readonly Arg[] => [string(what), integer('numkeys'), optional(multiple(key('key'))), optional(multiple(string('arg')))];

/** How many of the words behind numkeys are keys. */
function keyCountOf(argv: readonly Bytes[], notANumber: Bytes): number {
  const count = parseInteger(argv[2] as Bytes);
  if (count === undefined) throw new CommandError(notANumber);
  if (count > argv.length - 3) throw new CommandError("ERR Number of keys can't be greater than number of args");
  if (count < 0) throw new CommandError("ERR Number of keys can't be negative");
  return Number(count);
}

function evalCommand(spec: Pick<CommandSpec, 'name' | 'since' | 'summary' | 'examples' | 'replies' | 'differs'>, by: 'body' | 'sha', readOnly: boolean): Command {
  return command(
    {
      ...spec, group: 'scripting', arity: -3, flags: readOnly ? RUNS_READONLY : RUNS, complexity: 'What the script does',
      keys: scriptKeys(readOnly, by === 'body'), args: scriptArguments(by === 'body' ? 'script' : 'sha1'),
    },
    (ctx: Ctx): Reply => {
      // Monitors see it first, then what it calls, and also one that fails.
      ctx.server.feedMonitors(ctx.client, ctx.argv);
      // EVALSHA tells of an unknown digest before it counts keys, when that cannot be one.
      if (by === 'sha' && (ctx.argv[1] as Bytes).length !== 40) throw new CommandError('NOSCRIPT No matching script. Please use EVAL.');
      const evaluate = (): Reply => ctx.server.scripting.evals.eval(ctx, by, readOnly, keyCountOf(ctx.argv, NOT_AN_INTEGER));
      if (ctx.client.debugs === undefined || ctx.client.executing) return evaluate();
      if (by === 'sha') throw new CommandError('ERR Please use EVAL instead of EVALSHA for debugging');
      return evalUnderDebugger(ctx, evaluate);
    },
  );
}

const RESULT = ['what the script returns'];

/** Of Lua itself as it runs here. */
const LUA_DIFFERS =
  'The interpreter is built for 32 bits: string.dump says so in its header, and tostring(cjson.null) shows another address. table.insert into a closed library table is not refused. ' +
  'error({}) is answered with an error, where 8.0.2 ends. Scripts get 256 MB. Inside metamethods (__tostring among them), iterators, xpcall and the reader of load a script cannot be interrupted, only ended; inside xpcall an error of that reader is a table.';

export const evalBody = evalCommand(
  { name: 'EVAL', since: '2.6.0', summary: 'Run a Lua script as one step that nothing interrupts.', replies: RESULT, examples: ["EVAL \"return redis.call('SET', KEYS[1], ARGV[1])\" 1 greeting hello", 'GET greeting'], differs: LUA_DIFFERS }, 'body', false,
);
export const evalBodyReadonly = evalCommand(
  { name: 'EVAL_RO', since: '7.0.0', summary: 'Run a Lua script that must not write.', replies: RESULT, examples: ['SET greeting hello', "EVAL_RO \"return redis.call('GET', KEYS[1])\" 1 greeting"] }, 'body', true,
);
export const evalSha = evalCommand(
  { name: 'EVALSHA', since: '2.6.0', summary: 'Run a script that the server knows, named by its digest.', replies: [...RESULT, 'an error that begins with NOSCRIPT when the server does not know it'], examples: ['SCRIPT LOAD "return 1"', 'EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0'] }, 'sha', false,
);
export const evalShaReadonly = evalCommand(
  { name: 'EVALSHA_RO', since: '7.0.0', summary: 'Run a known script that must not write.', replies: [...RESULT, 'an error that begins with NOSCRIPT when the server does not know it'], examples: ['SCRIPT LOAD "return 1"', 'EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0'] }, 'sha', true,
);

function fcallCommand(spec: Pick<CommandSpec, 'name' | 'summary' | 'examples'>, readOnly: boolean): Command {
  return command(
    { ...spec, group: 'scripting', since: '7.0.0', arity: -3, flags: readOnly ? RUNS_READONLY : RUNS, complexity: 'What the function does', keys: scriptKeys(readOnly, true), args: scriptArguments('function'), replies: ['what the function returns'] },
    (ctx: Ctx): Reply => {
      ctx.server.feedMonitors(ctx.client, ctx.argv);
      const { functions } = ctx.server.scripting;
      const entry = functions.find(ctx.argv[1] as Bytes);
      if (entry === undefined) throw new CommandError('ERR Function not found');
      return functions.call(ctx, entry, readOnly, keyCountOf(ctx.argv, 'ERR Bad number of keys provided'));
    },
  );
}

const EXAMPLE_LIBRARY = "FUNCTION LOAD \"#!lua name=example\\nredis.register_function{function_name='answer', callback=function() return 42 end, flags={'no-writes'}}\"";

export const fcall = fcallCommand({ name: 'FCALL', summary: 'Call a function of a library.', examples: [EXAMPLE_LIBRARY, 'FCALL answer 0'] }, false);
export const fcallReadonly = fcallCommand({ name: 'FCALL_RO', summary: 'Call a function that promises not to write.', examples: [EXAMPLE_LIBRARY, 'FCALL_RO answer 0'] }, true);
