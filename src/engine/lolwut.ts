/*
 * LOLWUT: art of our own
 * ----------------------
 * The real command draws a picture by somebody else for each version of Redis that got one (5, 6 and
 * 8). Those are theirs; these are ours, drawn by chance as theirs are. What a client can rely on is
 * kept: which versions have a picture, the arguments that set its size, and the last line.
 *
 *   5   a cellular automaton in Braille dots, each row made from the one above
 *   6   hills behind hills in the terminal's colours, the nearest darkest
 *   8   a few lines of verse about keys, put together by chance
 *
 * Whole numbers only: a sine may differ in its last bit between browsers, and a recording must replay.
 */
import { utf8, type Bytes } from './bytes.ts';
import type { Random } from './env.ts';
import { REDIS_VERSION } from './version.ts';

/** The version whose picture LOLWUT shows when none is asked for. */
export const LOLWUT_DEFAULT_VERSION = 8;

/**
 * The picture of `version`. `size` is what follows VERSION n: columns and rows, held within the
 * limits that the real server has for them.
 */
export function lolwut(version: number | bigint, size: readonly (number | bigint)[], random: Random): Bytes {
  const last = `Redis ver. ${REDIS_VERSION}\n`;
  switch (Number(version)) {
    case 5:
      return `${automaton(within(size[0], 66, 1, 1000), within(size[1], 8, 1, 200), random)}\nEach row follows from the one above. ${last}`;
    case 6:
      return `${hills(within(size[0], 80, 1, 1000), within(size[1], 20, 1, 1000), random)}\nHills behind hills, and nobody there. ${last}`;
    case 8:
      return `${verse(random)}\nLines put together by chance, as keys are put in buckets. ${last}\n`;
    default:
      return last;
  }
}

function within(value: number | bigint | undefined, otherwise: number, least: number, most: number): number {
  return value === undefined ? otherwise : Math.max(least, Math.min(most, Number(value)));
}

/** Rules that make something worth looking at, by Wolfram's numbers. */
const RULES = [18, 22, 30, 45, 60, 73, 90, 105, 110, 126, 150];

/** Dots of a Braille character: two across, four down; the bit of each in its code. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** A rule gives each dot from the three above it. `rows` are characters, four generations each. */
function automaton(columns: number, rows: number, random: Random): Bytes {
  const width = columns * 2;
  const rule = RULES[random.below(RULES.length)] ?? 30;
  let cells = new Uint8Array(width);
  const seeds = 1 + random.below(6);
  for (let i = 0; i < seeds; i++) cells[random.below(width)] = 1;
  let picture = '';
  for (let row = 0; row < rows; row++) {
    const codes = new Array<number>(columns).fill(0x2800);
    for (const dots of DOTS) {
      for (let x = 0; x < width; x++) {
        if (cells[x] === 1) codes[x >> 1] = (codes[x >> 1] ?? 0) | (dots[x & 1] ?? 0);
      }
      const next = new Uint8Array(width);
      for (let x = 0; x < width; x++) {
        // The picture is a ring: what leaves at the right comes back at the left.
        const above = ((cells[(x + width - 1) % width] ?? 0) << 2) | ((cells[x] ?? 0) << 1) | (cells[(x + 1) % width] ?? 0);
        next[x] = (rule >> above) & 1;
      }
      cells = next;
    }
    picture += `${String.fromCharCode(...codes)}\n`;
  }
  return utf8(picture);
}

/** Backgrounds from the sky to the nearest hill, as SGR codes every terminal knows. */
const SHADES = [104, 46, 42, 100, 40];

/** Random walks, one for each row of hills, each lower and rougher than the one behind. */
function hills(columns: number, rows: number, random: Random): Bytes {
  const layers = SHADES.length - 1;
  const tops: number[][] = [];
  for (let layer = 0; layer < layers; layer++) {
    const middle = Math.floor((rows * (layer + 1)) / (layers + 1));
    const top: number[] = [];
    let height = middle;
    for (let x = 0; x < columns; x++) {
      height += random.below(3) - 1;
      if (Math.abs(height - middle) > layer + 2) height += height > middle ? -1 : 1;
      top.push(height);
    }
    tops.push(top);
  }
  let picture = '';
  for (let y = 0; y < rows; y++) {
    let shade = -1;
    for (let x = 0; x < columns; x++) {
      let nearest = 0;
      for (let layer = 0; layer < layers; layer++) if (y >= (tops[layer]?.[x] ?? rows)) nearest = layer + 1;
      // A code only where the colour changes: slow lines carry this, too.
      if (nearest !== shade) picture += `\x1b[0;${SHADES[nearest] ?? 0}m`;
      shade = nearest;
      picture += nearest === 0 && random.below(40) === 0 ? '.' : ' ';
    }
    picture += '\x1b[0m\n';
  }
  return picture;
}

const OPENINGS = ['A KEY WAS SET AT NIGHT', 'NOBODY ASKED FOR IT', 'IT HAD A SECOND TO LIVE', 'A NAME WITH COLONS IN IT', 'FOUR BUCKETS AND A HASH', 'THE COUNTER SAID ONE MORE'];
const MIDDLES = ['UNDER A SEED WE DO NOT KNOW', 'BESIDE TEN THOUSAND OTHERS', 'IN THE TABLE THAT IS LEAVING', 'WHILE THE CLOCK LOOKED AWAY', 'BETWEEN TWO SCANS', 'ON ONE THREAD, ALONE'];
const ENDINGS = ['AND THE REPLY WAS OK', 'AND THE REPLY WAS NIL', 'AND NOTHING STOPPED', 'AND MEMORY CAME BACK', 'UNTIL SOMEBODY LOOKED', 'AND STILL IT ANSWERED PONG'];

function verse(random: Random): Bytes {
  const draw = (lines: readonly string[], used: Set<string>): string => {
    const left = lines.filter((line) => !used.has(line));
    const line = left[random.below(left.length)] ?? '';
    used.add(line);
    return line;
  };
  const used = new Set<string>();
  let poem = '';
  for (let stanza = 0; stanza < 3; stanza++) {
    poem += ` ${draw(OPENINGS, used)}\n   ${draw(MIDDLES, used)}\n     ${draw(ENDINGS, used)}\n`;
  }
  return poem;
}
