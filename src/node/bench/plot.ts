/*
 * A bar for each figure, with its goal as a line: small SVG pictures without a library.
 */
import { isMet, shownValue, type Section } from './figures.ts';

const ROW = 26;
const NAMES = 230;
const BARS = 360;

const text = (x: number, y: number, words: string, anchor = 'start'): string => `<text x="${x}" y="${y}" text-anchor="${anchor}">${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;

export function plot({ title, figures }: Section): string {
  const rows = figures.map((figure, index) => {
    const goal = figure.goal === undefined ? undefined : 'from' in figure.goal ? figure.goal.from : figure.goal.to;
    // Figures of one unit share a scale.
    const most = Math.max(...figures.filter((each) => each.unit === figure.unit).flatMap((each) => [each.value, each.goal === undefined ? 0 : 'from' in each.goal ? each.goal.from : each.goal.to]));
    const y = 40 + index * ROW;
    const width = Math.max(1, (figure.value / most) * BARS);
    const fill = isMet(figure) === false ? '#b3452b' : '#2f6f73';
    const at = goal === undefined ? '' : `<line x1="${NAMES + (goal / most) * BARS}" x2="${NAMES + (goal / most) * BARS}" y1="${y - 2}" y2="${y + ROW - 6}" stroke="#222" stroke-dasharray="3 2"/>`;
    return `${text(NAMES - 8, y + 14, figure.name, 'end')}<rect x="${NAMES}" y="${y + 2}" width="${width.toFixed(1)}" height="${ROW - 10}" fill="${fill}"/>${at}${text(NAMES + BARS + 10, y + 14, shownValue(figure))}`;
  });
  const height = 52 + figures.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${NAMES + BARS + 140}" height="${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>${text(10, 22, title)}${rows.join('')}</svg>\n`;
}
