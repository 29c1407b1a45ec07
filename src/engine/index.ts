/** The door of the engine: what other rooms may know of a Redis server. */
export { Server, type Listener } from './server.ts';
export { REDIS_VERSION } from './version.ts';
export { MissingPart } from './parts.ts';
export { Config } from './config/config.ts';
export { processTitle } from './config/proc-title.ts';
export { fatalConfigError, loadConfig, parseCommandLine, type CommandLine, type ConfigFiles, type ConfigProblem, type LoadedConfig } from './config/load.ts';
export { launch, logBindFailure, type Launch, type LaunchHelp } from './config/launch.ts';
export { directiveList } from './config/directives.ts';
export type { DirectiveValue } from './config/values.ts';
export type {
  Clock, Disk, DiskError, Env, LuaSource, Micros, Network, OpenFile, Random, Socket, SocketEvents, Surroundings,
} from './env.ts';
export { isDiskError } from './env.ts';
export type { ServerEvent, ServerEventType, ServerListener } from './events.ts';
export { ServerEvents } from './events.ts';
export type { AclCategory, Arg, Command, CommandFlag, CommandSpec, Group, KeyFlag, KeySpec } from './command.ts';
export { commandTable } from './commands/index.ts';
export type { Reply, TaggedReply } from './reply.ts';
export { CommandError, errorText, isTagged, OK } from './reply.ts';
export type { Bytes } from './bytes.ts';
export {
  assertBytes, compare, equalsFolded, fold, fromUint8Array, fromUtf8, isSpace, own, parseDouble, parseInteger, toUint8Array, trim, upper, utf8,
} from './bytes.ts';
export { globMatch } from './glob.ts';
export { checkRdb, type RdbCheck } from './persistence/rdb-check.ts';
export { isManifestProblem, parseManifest } from './persistence/aof-manifest.ts';
export { keyHashSlot } from './cluster/slots.ts';
export { localLuaModule } from './scripting/local-module.ts';
export { createLuaVm, type CompiledModule } from './scripting/wasm-lua.ts';
export { LuaMissing } from './scripting/lua-vm.ts';
export { quote } from './monitor.ts';
