/*
 * Cost against size, both by powers of ten: what is flat is O(1), what climbs a little O(log N).
 */

export interface CostCurve {
  readonly name: string;
  readonly points: readonly { readonly size: number; readonly ns: number }[];
}

const WIDTH = 560;
const HEIGHT = 300;
const LEFT = 60;
const TOP = 50;
const COLOURS = ['#2f6f73', '#b3452b', '#c9a227', '#4b5d9e', '#7a3e7a', '#4f7d2c', '#8a6d4b', '#1f4e79', '#c0567a', '#5f5f5f', '#d17f2a', '#2a9d6f'];

/** A picture of all curves with their names beside it. */
export function plotCosts(title: string, curves: readonly CostCurve[]): string {
  const all = curves.flatMap(({ points }) => points);
  const [firstDecade, lastDecade] = [Math.floor(Math.log10(Math.min(...all.map(({ ns }) => ns)))), Math.ceil(Math.log10(Math.max(...all.map(({ ns }) => ns))))];
  const [smallest, largest] = [Math.min(...all.map(({ size }) => size)), Math.max(...all.map(({ size }) => size))];
  const x = (size: number): number => LEFT + (Math.log10(size / smallest) / Math.log10(largest / smallest)) * WIDTH;
  const y = (ns: number): number => TOP + HEIGHT - ((Math.log10(ns) - firstDecade) / Math.max(1, lastDecade - firstDecade)) * HEIGHT;
  const parts: string[] = [];
  for (let decade = firstDecade; decade <= lastDecade; decade++) {
    const at = y(10 ** decade).toFixed(1);
    parts.push(`<line x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${at}" y2="${at}" stroke="#ddd"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${(10 ** decade).toLocaleString('en')} ns</text>`);
  }
  for (const size of new Set(all.map((each) => each.size))) parts.push(`<text x="${x(size).toFixed(1)}" y="${TOP + HEIGHT + 20}" text-anchor="middle">${size.toLocaleString('en')}</text>`);
  curves.forEach(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? '#000';
    parts.push(`<polyline fill="none" stroke="${colour}" stroke-width="1.8" points="${points.map(({ size, ns }) => `${x(size).toFixed(1)},${y(ns).toFixed(1)}`).join(' ')}"/>`);
    parts.push(`<text x="${LEFT + WIDTH + 20}" y="${TOP + 8 + index * 22}" fill="${colour}">${name}</text>`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + 180}" height="${TOP + HEIGHT + 50}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="${LEFT}" y="24" font-size="14">${title}</text>${parts.join('')}</svg>\n`;
}
