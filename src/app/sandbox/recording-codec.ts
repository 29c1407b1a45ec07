/* The two functions of the simulation that the page itself uses, as a chunk of their own. */
export { decodeRecording, encodeRecording } from '../../simulation/index.ts';
