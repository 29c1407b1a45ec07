/*
 * Numbers with a point, as Redis prints and adds them
 * ---------------------------------------------------
 * Two kinds of floating-point numbers meet a client, and JavaScript prints neither as Redis does.
 *
 * *Doubles* (scores, RESP3 `,` replies). Whole numbers up to 2^62 are printed as integers. The rest
 * goes through Grisu2 (Florian Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with
 * Integers", 2010). It finds digits that read back as the same double, and nearly always the fewest;
 * four in a thousand random doubles come out otherwise than in JavaScript, which always finds the
 * fewest. `1e23` is one: Redis says 99999999999999990000000. So Grisu2 is done here as the paper
 * describes it, on 64-bit significands in BigInt.
 *
 * *Long doubles* (INCRBYFLOAT, HINCRBYFLOAT). On x86 these have 80 bits: a significand of 64 bits
 * and exponents from −16445 to 16320. A sum is rounded once to such a number and printed with 17
 * decimals without the zeros at the end. We have no such type, so a LongDouble is a BigInt
 * significand and an exponent of two, and every rounding is done on exact integers: parse, add and
 * print give what the processor gives, to the last digit.
 */
import { fold, type Bytes } from './bytes.ts';

// ---- Doubles --------------------------------------------------------------------------------------

/** Whole numbers up to this size are printed as integers. */
const INTEGER_LIMIT = 2 ** 62;

/** A double as Redis replies it: `inf`, `-inf`, `nan`, an integer, or the digits of Grisu2. */
export function formatDouble(value: number): Bytes {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  if (Number.isInteger(value) && Math.abs(value) <= INTEGER_LIMIT) {
    return Number.isSafeInteger(value) ? String(value) : String(BigInt(value));
  }
  return formatShortest(value);
}

/** The digits of Grisu2 for every value, also for a large whole number: 1e+17. Zeros and infinities as above. */
export function formatShortest(value: number): Bytes {
  if (value === 0 || !Number.isFinite(value)) return formatDouble(value);
  const { digits, exponent } = grisu2(Math.abs(value));
  const text = placePoint(digits, exponent);
  return value < 0 ? `-${text}` : text;
}

/** A finite double as C's `%.17g` prints it: 17 digits without zeros at the end, an exponent where that is shorter. */
export function formatDouble17(value: number): Bytes {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [rounded = '', exponentText = '0'] = Math.abs(value).toExponential(16).split('e');
  let digits = rounded.replace('.', '');
  const exponent = Number(exponentText);
  // Half way between two, C takes the even digit and JavaScript the larger one.
  const exact = (Math.abs(value).toExponential(100).split('e')[0] ?? '').replace('.', '');
  if (/^50*$/.test(exact.slice(17)) && Number(exact.charAt(16)) % 2 === 0) digits = exact.slice(0, 17);
  digits = digits.replace(/0+$/, '');
  const sign = value < 0 ? '-' : '';
  if (exponent < -4 || exponent >= 17) {
    const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
    return `${sign}${digits.charAt(0)}${digits.length > 1 ? '.' : ''}${digits.slice(1)}e${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}${digits.length > exponent + 1 ? '.' : ''}${digits.slice(exponent + 1)}`;
}

/** Writes digits × 10^exponent plainly while that is short, else with an exponent. */
function placePoint(digits: string, exponent: number): string {
  const count = digits.length;
  const scientific = exponent + count - 1;
  if (exponent >= 0 && Math.abs(scientific) < count + 7) return digits + '0'.repeat(exponent);
  if (exponent < 0 && (exponent > -7 || Math.abs(scientific) < 4)) {
    const whole = count + exponent;
    return whole > 0 ? `${digits.slice(0, whole)}.${digits.slice(whole)}` : `0.${'0'.repeat(-whole)}${digits}`;
  }
  const point = count > 1 ? '.' : '';
  return `${digits.charAt(0)}${point}${digits.slice(1)}e${scientific < 0 ? '-' : '+'}${Math.abs(scientific)}`;
}

const HIDDEN_BIT = 1n << 52n;
const scratch = new Float64Array(1);
const scratchBits = new BigUint64Array(scratch.buffer);

/** Grisu2 on a positive finite double: digits and a power of ten, digits × 10^exponent. */
function grisu2(value: number): { digits: string; exponent: number } {
  scratch[0] = value;
  const bits = scratchBits[0] ?? 0n;
  const biased = Number(bits >> 52n);
  const significand = (bits & (HIDDEN_BIT - 1n)) | (biased === 0 ? 0n : HIDDEN_BIT);
  const exponent = (biased === 0 ? 1 : biased) - 1075;

  // Half way to the neighbours; below a power of two the lower neighbour is only half as far away.
  const shift = 63 - (bitLength(significand * 2n + 1n) - 1);
  const upperExponent = exponent - 1 - shift;
  let upper = (significand * 2n + 1n) << BigInt(shift);
  const closer = significand === HIDDEN_BIT ? 2 : 1;
  let lower = ((significand << BigInt(closer)) - 1n) << BigInt(exponent - closer - upperExponent);
  let middle = significand << BigInt(exponent - upperExponent);

  // A power of ten brings the binary exponent into −60 … −32, where digits fall out by shifting.
  const power = cachedPower(upperExponent);
  upper = timesPower(upper, power) - 1n; // the product may be off by one, so stay inside
  lower = timesPower(lower, power) + 1n;
  middle = timesPower(middle, power);
  const scale = -(upperExponent + power.binary + 64);
  return shortestDigits(upper, upper - lower, upper - middle, scale, -power.decimal);
}

/**
 * Cuts digits off `upper` (a number with `scale` binary places) until what is left over is within
 * `delta`, then lowers the last digit as long as that brings it nearer to the middle.
 */
function shortestDigits(upper: bigint, delta: bigint, toMiddle: bigint, scale: number, decimal: number): { digits: string; exponent: number } {
  const places = BigInt(scale);
  const one = 1n << places;
  const whole = String(upper >> places);
  let rest = upper & (one - 1n);
  for (let i = 1; i <= whole.length; i++) {
    const remaining = (BigInt(whole.slice(i) || '0') << places) + rest;
    if (remaining > delta) continue;
    const dropped = whole.length - i;
    const digits = lowerLastDigit(whole.slice(0, i), delta, remaining, 10n ** BigInt(dropped) << places, toMiddle);
    return { digits, exponent: decimal + dropped };
  }
  let digits = whole === '0' ? '' : whole;
  let goal = delta;
  let middle = toMiddle;
  for (let exponent = decimal - 1; ; exponent--) {
    rest *= 10n;
    goal *= 10n;
    middle *= 10n;
    const digit = rest >> places;
    if (digit !== 0n || digits !== '') digits += String(digit);
    rest &= one - 1n;
    if (rest < goal) return { digits: lowerLastDigit(digits, goal, rest, one, middle), exponent };
  }
}

function lowerLastDigit(digits: string, delta: bigint, rest: bigint, unit: bigint, toMiddle: bigint): string {
  let last = digits.charCodeAt(digits.length - 1);
  let left = rest;
  while (left < toMiddle && delta - left >= unit && (left + unit < toMiddle || toMiddle - left > left + unit - toMiddle)) {
    last--;
    left += unit;
  }
  return digits.slice(0, -1) + String.fromCharCode(last);
}

/** 10^decimal as a 64-bit significand times 2^binary, rounded to nearest. */
interface PowerOfTen {
  readonly significand: bigint;
  readonly binary: number;
  readonly decimal: number;
}

const FIRST_POWER = -348;
const POWER_STEP = 8;
const POWER_COUNT = 87;
const powers = new Map<number, PowerOfTen>();

/**
 * The power of ten to multiply a 64-bit number of this exponent with. Two of them may bring the
 * product into range, so the search starts where the original starts: the choice shows in the digits.
 */
function cachedPower(exponent: number): PowerOfTen {
  const approximate = Math.trunc(-(exponent + POWER_COUNT) * 0.30102999566398114);
  let index = Math.trunc((approximate - FIRST_POWER) / POWER_STEP);
  for (;;) {
    const power = powerOfTen(FIRST_POWER + index * POWER_STEP);
    const product = exponent + power.binary + 64;
    if (product < -60) index++;
    else if (product > -32) index--;
    else return power;
  }
}

function powerOfTen(decimal: number): PowerOfTen {
  let power = powers.get(decimal);
  if (power === undefined) {
    const ten = 10n ** BigInt(Math.abs(decimal));
    const rounded = decimal >= 0 ? roundQuotient(ten, 1n, 64, -Infinity) : roundQuotient(1n, ten, 64, -Infinity);
    power = { significand: rounded.significand, binary: rounded.exponent, decimal };
    powers.set(decimal, power);
  }
  return power;
}

/** The upper 64 bits of the product, rounded. */
const timesPower = (significand: bigint, power: PowerOfTen): bigint => (significand * power.significand + (1n << 63n)) >> 64n;

// ---- Long doubles ---------------------------------------------------------------------------------

/** significand × 2^exponent, the significand with 64 bits at most; or an infinity. */
export interface LongDouble {
  readonly negative: boolean;
  readonly infinite: boolean;
  readonly significand: bigint;
  readonly exponent: number;
}

const LONG_DOUBLE_BITS = 64;
/** Exponent of the smallest number above zero; normal numbers near it have fewer bits. */
const LONG_DOUBLE_MIN_EXPONENT = -16445;
const LONG_DOUBLE_MAX_EXPONENT = 16320;
/** A spelling of this length or more is refused (bytes). */
const MAX_LONG_DOUBLE_CHARS = 5 * 1024;
/** Decimal exponents beyond this are infinite or zero for certain, whatever the digits. */
const DECIMAL_EXPONENT_LIMIT = 20_000;

const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?\d+))?$/;
const INFINITE = /^([+-]?)(?:inf|infinity)$/;

/**
 * The long double that the whole of `bytes` spells, as C's strtold() reads it (decimal, hexadecimal,
 * inf, infinity), or undefined. Refused as Redis refuses them: blanks, nan, what overflows, and
 * what is not zero but too small for anything else.
 */
export function parseLongDouble(bytes: Bytes): LongDouble | undefined {
  if (bytes.length === 0 || bytes.length >= MAX_LONG_DOUBLE_CHARS) return undefined;
  const decimal = DECIMAL.exec(bytes);
  if (decimal !== null) return fromDigits(decimal, 10n, 1, (n) => 10n ** n);
  const hexadecimal = HEXADECIMAL.exec(bytes);
  if (hexadecimal !== null) return fromDigits(hexadecimal, 16n, 4, (n) => 1n << n);
  const infinite = INFINITE.exec(fold(bytes));
  return infinite === null ? undefined : { negative: infinite[1] === '-', infinite: true, significand: 0n, exponent: 0 };
}

/** Rounds `whole.fraction` (digits of `base`) × scale(exponent); a digit of the fraction counts `perDigit` in the exponent. */
function fromDigits(match: RegExpExecArray, base: 10n | 16n, perDigit: number, scale: (n: bigint) => bigint): LongDouble | undefined {
  const negative = match[1] === '-';
  const whole = match[2] ?? '';
  const fraction = match[3] ?? '';
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(`${base === 16n ? '0x' : ''}0${whole}${fraction}`);
  if (digits === 0n) return { negative, infinite: false, significand: 0n, exponent: 0 };
  const power = Number(match[4] ?? '0') - fraction.length * perDigit;
  const magnitude = power + (whole.length + fraction.length) * perDigit;
  // Either way out of range; the limit leaves room for the digits that a spelling can have.
  if (magnitude > DECIMAL_EXPONENT_LIMIT * perDigit || magnitude < -DECIMAL_EXPONENT_LIMIT * perDigit) return undefined;
  const result =
    power >= 0 ? longDouble(negative, digits * scale(BigInt(power)), 1n) : longDouble(negative, digits, scale(BigInt(-power)));
  return result.infinite || result.significand === 0n ? undefined : result;
}

/** numerator / denominator, rounded to a long double. */
function longDouble(negative: boolean, numerator: bigint, denominator: bigint): LongDouble {
  if (numerator === 0n) return { negative, infinite: false, significand: 0n, exponent: 0 };
  const { significand, exponent } = roundQuotient(numerator, denominator, LONG_DOUBLE_BITS, LONG_DOUBLE_MIN_EXPONENT);
  const infinite = exponent > LONG_DOUBLE_MAX_EXPONENT;
  return { negative, infinite, significand: infinite ? 0n : significand, exponent: infinite ? 0 : exponent };
}

/** a + b as the processor adds them; undefined for inf − inf, which is not a number. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (a.infinite || b.infinite) {
    if (a.infinite && b.infinite && a.negative !== b.negative) return undefined;
    return a.infinite ? a : b;
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = shifted(a, exponent) + shifted(b, exponent);
  if (sum === 0n) return { negative: a.negative && b.negative, infinite: false, significand: 0n, exponent: 0 };
  const size = sum < 0n ? -sum : sum;
  return exponent >= 0 ? longDouble(sum < 0n, size << BigInt(exponent), 1n) : longDouble(sum < 0n, size, 1n << BigInt(-exponent));
}

function shifted(x: LongDouble, exponent: number): bigint {
  if (x.significand === 0n) return 0n;
  const size = x.significand << BigInt(x.exponent - exponent);
  return x.negative ? -size : size;
}

/**
 * A long double as INCRBYFLOAT stores and replies it: plain digits, rounded to 17 decimals, no zeros
 * at the end, never an exponent, never `-0`.
 */
export function formatLongDouble(x: LongDouble): Bytes {
  if (x.infinite) return x.negative ? '-inf' : 'inf';
  const scaled = x.significand * 10n ** 17n;
  const places = x.exponent >= 0 ? scaled << BigInt(x.exponent) : roundHalfEven(scaled, 1n << BigInt(-x.exponent));
  if (places === 0n) return '0';
  const digits = String(places).padStart(18, '0');
  const whole = digits.slice(0, -17);
  let end = digits.length;
  while (end > whole.length && digits.charCodeAt(end - 1) === 48) end--;
  const text = end === whole.length ? whole : `${whole}.${digits.slice(whole.length, end)}`;
  return x.negative ? `-${text}` : text;
}

/** A double as INCRBYFLOAT would print it: exactly, to 17 decimals. */
export function formatHumanDouble(value: number): Bytes {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  scratch[0] = Math.abs(value);
  const bits = scratchBits[0] ?? 0n;
  const biased = Number(bits >> 52n);
  const significand = (bits & (HIDDEN_BIT - 1n)) | (biased === 0 ? 0n : HIDDEN_BIT);
  return formatLongDouble({ negative: value < 0, infinite: false, significand, exponent: (biased === 0 ? 1 : biased) - 1075 });
}

/** A double as C's `%.Nf` prints it: exactly, to so many decimals, half to even. */
export function formatFixed(value: number, decimals: number): Bytes {
  if (!Number.isFinite(value)) return formatDouble(value);
  scratch[0] = Math.abs(value);
  const bits = scratchBits[0] ?? 0n;
  const biased = Number(bits >> 52n);
  const significand = (bits & (HIDDEN_BIT - 1n)) | (biased === 0 ? 0n : HIDDEN_BIT);
  const exponent = (biased === 0 ? 1 : biased) - 1075;
  const scaled = significand * 10n ** BigInt(decimals);
  const places = exponent >= 0 ? scaled << BigInt(exponent) : roundHalfEven(scaled, 1n << BigInt(-exponent));
  const digits = String(places).padStart(decimals + 1, '0');
  return `${value < 0 || Object.is(value, -0) ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/**
 * The sum of two spelled numbers, printed as INCRBYFLOAT does. 'invalid' when one of them is no
 * number, 'nan' when the sum is infinite or not a number.
 */
export function addLongDouble(a: Bytes, b: Bytes): Bytes | 'nan' | 'invalid' {
  const x = parseLongDouble(a);
  const y = parseLongDouble(b);
  if (x === undefined || y === undefined) return 'invalid';
  const sum = addLongDoubles(x, y);
  return sum === undefined || sum.infinite ? 'nan' : formatLongDouble(sum);
}

// ---- Exact rounding -------------------------------------------------------------------------------

/**
 * numerator / denominator (both above zero) as significand × 2^exponent with `bits` bits, half to
 * even. The exponent is not let below `minExponent`; there the significand has fewer bits.
 */
function roundQuotient(numerator: bigint, denominator: bigint, bits: number, minExponent: number): { significand: bigint; exponent: number } {
  // The quotient has this many bits or one more; taking the larger guess and correcting once is enough.
  let exponent = Math.max(bitLength(numerator) - bitLength(denominator) - bits, minExponent);
  const at = (e: number): bigint =>
    e >= 0 ? roundHalfEven(numerator, denominator << BigInt(e)) : roundHalfEven(numerator << BigInt(-e), denominator);
  const full = 1n << BigInt(bits);
  let significand = at(exponent);
  // One bit too many: round the quotient itself again, not what was rounded already.
  if (significand >= full) significand = at(++exponent);
  if (significand === full) {
    significand >>= 1n;
    exponent++;
  }
  return { significand, exponent };
}

function roundHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator - quotient * denominator) * 2n;
  return twice > denominator || (twice === denominator && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}

/** How many bits a positive integer has. */
function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return hex.length * 4 - (Math.clz32(parseInt(hex.charAt(0), 16)) - 28);
}
