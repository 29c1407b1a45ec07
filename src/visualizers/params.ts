/*
 * Parameters of a look
 * --------------------
 * They come from a lesson (`:::viz{view=string key=icon}`: all of them texts) or from a drawing, and a
 * wrong one must not break a picture: it is as if it had not been given.
 */
export interface Params {
  text(name: string, otherwise: string): string;
  /** A whole number from `min` to `max`; one beyond is moved to the nearer end. */
  whole(name: string, otherwise: number, min: number, max: number): number;
  choice<T extends string>(name: string, choices: readonly [T, ...T[]]): T;
}

export function readParams(params: unknown): Params {
  const given = (name: string): unknown => (typeof params === 'object' && params !== null && Object.hasOwn(params, name) ? (params as Record<string, unknown>)[name] : undefined);
  return {
    text(name, otherwise) {
      const value = given(name);
      return typeof value === 'string' ? value : otherwise;
    },
    whole(name, otherwise, min, max) {
      const value = given(name);
      const number = typeof value === 'number' ? value : typeof value === 'string' && /^-?[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
      return number === undefined || !Number.isFinite(number) ? otherwise : Math.max(min, Math.min(max, Math.trunc(number)));
    },
    choice(name, choices) {
      const value = given(name);
      return choices.find((choice) => choice === value) ?? choices[0];
    },
  };
}
