/*
 * MODULE: native libraries that add commands. This engine cannot load any, and says so as the real server does of a
 * file that is no module.
 */
import { block, command, container, multiple, optional, string, type Ctx } from '../../command.ts';
import { CommandError, type Reply } from '../../reply.ts';
import { helpCommand } from '../help.ts';

const FLAGS = ['admin', 'noscript'] as const;
const LOADING = ['admin', 'noscript', 'no_async_loading', 'protected'] as const;

function load({ server, argv }: Ctx): Reply {
  server.log('warning', `Module ${argv[2]} failed to load: native libraries cannot run in this engine`);
  throw new CommandError('ERR Error loading the extension. Please check the server logs.');
}

export const module = container({
  name: 'MODULE', group: 'server', since: '4.0.0', arity: -2, summary: 'Extensions of the server.', complexity: 'Depends on the subcommand',
  subcommands: [
    helpCommand('MODULE', 'server', '5.0.0', [
      ['LIST', 'The modules that are loaded.'],
      ['LOAD <path> [<arg> ...]', 'Load a module.'],
      ['LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]', 'Load a module with its configuration.'],
      ['UNLOAD <name>', 'Unload a module.'],
    ]),
    command(
      {
        name: 'LIST', group: 'server', since: '4.0.0', arity: 2, flags: FLAGS, tips: ['nondeterministic_output_order'], summary: 'The modules that are loaded.', complexity: 'O(N) in the number of modules',
        replies: ['an array'], examples: ['MODULE LIST'], differs: 'It is empty: Debian\'s build has vector sets built in, this engine has no modules.',
      },
      () => [],
    ),
    command(
      { name: 'LOAD', group: 'server', since: '4.0.0', arity: -3, flags: LOADING, summary: 'Load a module.', complexity: 'O(1)', args: [string('path'), optional(multiple(string('arg')))], replies: ['an error: no module can be loaded'] },
      load,
    ),
    command(
      {
        name: 'LOADEX', group: 'server', since: '7.0.0', arity: -3, flags: LOADING, summary: 'Load a module with its configuration.', complexity: 'O(1)',
        args: [string('path'), block('configs', [string('name'), string('value')], { token: 'CONFIG', optional: true, multiple: true, multipleToken: true }), string('args', { token: 'ARGS', optional: true, multiple: true })],
        replies: ['an error: no module can be loaded'],
      },
      load,
    ),
    command(
      { name: 'UNLOAD', group: 'server', since: '4.0.0', arity: 3, flags: LOADING, summary: 'Unload a module.', complexity: 'O(1)', args: [string('name')], replies: ['an error: there is no such module'] },
      function moduleUnload(): Reply {
        throw new CommandError('ERR Error unloading module: no such module with that name');
      },
    ),
  ],
});
