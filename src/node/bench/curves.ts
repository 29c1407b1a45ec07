/*
 * Curves over time, one small panel each: SVG without a library.
 */

export interface Curve {
  readonly title: string;
  /** Percent, 0 … 100, at even distances. The first is drawn broad and pale, so that one lying on it can be seen. */
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const WIDTH = 220;
const HEIGHT = 110;
const COLUMNS = 4;
const STYLES = ['stroke="#c9a227" stroke-width="5" stroke-opacity="0.55"', 'stroke="#2f6f73" stroke-width="1.5"'];

function panel({ title, lines }: Curve, index: number): string {
  const left = 40 + (index % COLUMNS) * (WIDTH + 40);
  const top = 50 + Math.floor(index / COLUMNS) * (HEIGHT + 50);
  const paths = lines.map(({ values }, at) => {
    const points = values.map((value, i) => `${(left + (i / (values.length - 1)) * WIDTH).toFixed(1)},${(top + HEIGHT - (value / 100) * HEIGHT).toFixed(1)}`);
    return `<polyline fill="none" ${STYLES[at] ?? STYLES[1]} points="${points.join(' ')}"/>`;
  });
  const grid = [0, 50, 100].map((value) => {
    const y = top + HEIGHT - (value / 100) * HEIGHT;
    return `<line x1="${left}" x2="${left + WIDTH}" y1="${y}" y2="${y}" stroke="#ddd"/><text x="${left - 5}" y="${y + 4}" text-anchor="end" fill="#555">${value}</text>`;
  });
  return `<text x="${left}" y="${top - 8}">${title}</text>${grid.join('')}${paths.join('')}`;
}

/** All panels under one title; the legend names the lines of the first. */
export function plotCurves(title: string, curves: readonly Curve[]): string {
  const rows = Math.ceil(curves.length / COLUMNS);
  const legend = (curves[0]?.lines ?? []).map(({ name }, at) => `<line x1="${700 + at * 90}" x2="${724 + at * 90}" y1="18" y2="18" ${STYLES[at] ?? STYLES[1]}/><text x="${730 + at * 90}" y="22">${name}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${COLUMNS * (WIDTH + 40) + 40}" height="${60 + rows * (HEIGHT + 50)}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/><text x="40" y="22" font-size="14">${title}</text>${legend.join('')}${curves.map(panel).join('')}</svg>\n`;
}
