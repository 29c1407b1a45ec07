/*
 * How much room a string takes
 * ----------------------------
 * Redis keeps strings as sds: a header, the bytes, a closing zero. The header has the length, the room
 * and a byte of flags, in the smallest integers that fit: 1 byte in all for short strings that will
 * not grow, 3, 5, 9 or 17 for longer ones.
 *
 *     ┌ header ┬──── length ────┬─── free ───┬ 0 ┐
 *     └────────┴────────────────┴────────────┴───┘   rounded up by the allocator
 *
 * The allocator (jemalloc, 64 bits) does not give any size: 8, 16, 32, 48 … 128, and from there four
 * sizes to each doubling (160 192 224 256, 320 384 448 512 …). sds asks what it was really given and
 * counts the rest as free, so the free room of a string depends on the allocator, too.
 *
 * We run in a garbage collector that has other sizes. These functions say what the real server would
 * use; memory.ts, the byte buffer and the picture of a string all read them.
 */

/** The header of the shortest strings: the flags alone, which hold the length, too. It has no field for free room. */
const SDS_HDR_5 = 1;
/** The other headers, with the most that their two fields can count (bytes). */
const HEADERS: readonly { readonly bytes: number; readonly most: number }[] = [
  { bytes: 3, most: 0xff },
  { bytes: 5, most: 0xffff },
  { bytes: 9, most: 0xffffffff },
  { bytes: 17, most: Number.MAX_SAFE_INTEGER },
];

/** From this length on, growth adds so much instead of doubling (bytes). */
export const SDS_MAX_PREALLOC = 1024 * 1024;

/** What the allocator takes from memory for a request of `bytes` (bytes). */
export function mallocSize(bytes: number): number {
  if (bytes <= 8) return 8;
  if (bytes <= 128) return Math.ceil(bytes / 16) * 16;
  // A quarter of the half below the next power of two: four sizes to each doubling.
  const spacing = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / spacing) * spacing;
}

/** The header of a string made with `length` bytes. An empty one is expected to grow, so it gets the second size. */
export function sdsHeaderSize(length: number): number {
  if (length > 0 && length < 32) return SDS_HDR_5;
  return growableHeaderSize(length);
}

/** The header of a string that has grown: never the smallest. */
function growableHeaderSize(length: number): number {
  return HEADERS.find((header) => length <= header.most)?.bytes ?? 17;
}

/** What a string that can be written in place has got. */
export interface SdsRoom {
  readonly headerBytes: number;
  /** Bytes the string may have before it must grow. */
  readonly alloc: number;
  /** Memory in all (bytes). */
  readonly size: number;
}

/** The room of a string made with `length` bytes. */
export function sdsRoom(length: number): SdsRoom {
  return roomOf(length, sdsHeaderSize(length));
}

/**
 * The room of a string after it had to grow to `length` bytes: twice as much as needed, or one
 * megabyte more than needed once that is longer than a megabyte.
 */
export function sdsGrownRoom(length: number): SdsRoom {
  const asked = length < SDS_MAX_PREALLOC ? length * 2 : length + SDS_MAX_PREALLOC;
  return roomOf(asked, growableHeaderSize(asked));
}

/** The room of a string that was resized to exactly `alloc` bytes: what the allocator gives beyond is not used. */
export function sdsResizedRoom(alloc: number): SdsRoom {
  const header = growableHeaderSize(alloc);
  return { headerBytes: header, alloc, size: mallocSize(header + alloc + 1) };
}

function roomOf(asked: number, header: number): SdsRoom {
  const size = mallocSize(header + asked + 1);
  if (header === SDS_HDR_5) return { headerBytes: header, alloc: asked, size }; // it cannot say that it has more
  // The rounding may give more than the header's fields can count; what is beyond is never used.
  const most = HEADERS.find((each) => each.bytes === header)?.most ?? asked;
  return { headerBytes: header, alloc: Math.min(size - header - 1, most), size };
}
