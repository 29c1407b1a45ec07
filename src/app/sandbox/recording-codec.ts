/* What the page itself uses of the simulation, as a chunk of its own. */
export { decodeRecording, encodeRecording, ENGINE_VERSION } from '../../simulation/index.ts';
