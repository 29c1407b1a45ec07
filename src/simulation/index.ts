/* The door of the simulation: hosts, programs, scenarios, recordings. */
export { createSimulation, Simulation } from './simulation.ts';
export type { Finding, SimulationOptions, Terminal, TerminalOptions } from './simulation.ts';
export type {
  HostForPrograms, Input, MachineForPrograms, Output, Process, ProcessRow, Program, Session, Signal, SpawnOptions, Tty,
} from './process.ts';
export { addressNumber } from './packet-filter.ts';
export type { Chain, ConnectionState, FilterRule, Network4, PacketFilter, PortRange, RuleMatch, TcpFlag } from './packet-filter.ts';
export { timeSpan } from './unit-file.ts';
export { WANTED } from './units.ts';
export type { Unit, Units } from './units.ts';
export { HOME, scenarioProblem } from './scenario.ts';
export type { LoggedEvent } from './event-log.ts';
export { newBranches } from './branches.ts';
export type { Branches, BranchView } from './branches.ts';
export { hostViews, linksView } from './world-view.ts';
export type { HostView, LinksView } from './world-view.ts';
export { stepUntil } from './stepping.ts';
export type { StepGoal } from './stepping.ts';
export { faultHelp, LONGEST_FAULT } from './faults.ts';
export type { FaultOutcome } from './faults.ts';
export type { HostState } from './host.ts';
export type { LinkSettings, Rule } from './links.ts';
export type { MessageView } from './message.ts';
export type { HostSpec, Scenario, Step } from './scenario.ts';
export { decodeRecording, encodeRecording, ENGINE_VERSION, RECORDING_FORMAT, recordingProblem } from './recording.ts';
export type { Recording, RecordedInput, RecordingProblem } from './recording.ts';
export type { RecordedEvent, ServerView, World } from './world.ts';
export { RECENT_EVENTS } from './world.ts';
export type { EventInfo, Origin } from './scheduler.ts';
export { diskError, resolvePath } from './disk.ts';
export { NULL_SINK } from './streams.ts';
export { SeededRandom } from './random.ts';
export { hasLua, LUA, provideLua } from './lua.ts';
export { GOALS } from './scenario.ts';
export type { Goal, TimedFault } from './scenario.ts';
export { judge, LEDGER, ledgersOf } from './judgement.ts';
export type { Judgement, LedgerView } from './judgement.ts';
