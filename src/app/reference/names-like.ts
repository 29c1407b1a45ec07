/* Which command was meant by a name that none has. Only the reference page asks, so lessons do not load it. */
const NEAR = 6;
const STEM = 3;

/**
 * Names that somebody may have meant who wrote `name`: those a slip or two away, the nearest first, then those that
 * begin alike, the longest likeness first.
 */
export function namesLike(name: string, names: readonly string[]): string[] {
  // A slip in every third letter is still a slip; more, and it is another word.
  const allowed = Math.min(2, Math.floor(name.length / 3));
  const slipped = names.map((other) => ({ other, by: slips(name, other) })).filter(({ by }) => by <= allowed).sort((a, b) => a.by - b.by).map(({ other }) => other);
  const alike = (other: string): number => {
    let at = 0;
    while (at < name.length && name[at] === other[at]) at++;
    return at;
  };
  const far = (other: string): number => Math.abs(other.length - name.length) - 2 * alike(other);
  const begun = names.filter((other) => alike(other) >= Math.min(STEM, name.length)).sort((a, b) => far(a) - far(b));
  return [...new Set([...slipped, ...begun])].slice(0, NEAR);
}

/** Letters left out, added, taken for another or swapped with the next one on the way from one word to another. */
function slips(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = above;
    above = row;
  }
  return above[to.length] ?? 0;
}
