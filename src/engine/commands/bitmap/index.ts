/** Commands of the group `bitmap`. */
import type { Command } from '../../command.ts';
import { bitfield, bitfieldRo } from './bitfield.ts';
import { bitcount, bitop, bitpos, getbit, setbit } from './bits.ts';

export const bitmapCommands: readonly Command[] = [setbit, getbit, bitcount, bitpos, bitop, bitfield, bitfieldRo];
