import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Stage } from '../stage/stage.tsx';
import { describeBeliefs, type BeliefsView } from './model.ts';
import beliefs from './view.tsx';

beforeAll(() => void vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(540));
afterEach(cleanup);
afterAll(() => vi.restoreAllMocks());

/** A hundred nodes; n1 is dead: failed for n3 … n100, while n2 only suspects it. */
function many(): BeliefsView {
  const columns = Array.from({ length: 100 }, (_, i) => `n${i + 1}:6379`);
  const healthOf = (by: number, of: number) => (of !== 0 ? 'ok' as const : by === 1 ? 'fail?' as const : 'fail' as const);
  return {
    nodeTimeoutMs: 5000, columns, told: undefined,
    rows: columns.slice(1).map((place, i) => ({ place, role: 'master', votes: true, state: 'ok', epoch: 1, quorum: 26, cells: columns.map((_, of) => (of === i + 1 ? null : { health: healthOf(i + 1, of), silentMs: 0, reports: [] })) })),
  };
}

it('says first who is doubted, and in text by whom it is about', () => {
  const view = many();
  const text = describeBeliefs(view);
  expect(text).toContain('n1:6379 is failed (FAIL) for 98 nodes; not reachable by itself (PFAIL) for n2:6379.');
  expect(text).toContain('Nobody doubts the other 99.');
  expect(text).toContain('9,702 ok, 1 PFAIL, 98 FAIL');
  expect(text.split('\n').length).toBeLessThan(8);
});

it('is gone through by arrow keys and fields, each belief as a sentence, within its panel', () => {
  const view = many();
  const { container } = render(<Stage visualizer={beliefs} seen={{ view, described: describeBeliefs(view), atUs: 0 }} params={{}} onParams={() => {}} />);
  const field = screen.getByRole('application', { name: /^Matrix of 99 nodes by 100/ });
  const told = (): string => container.querySelector('.viz-note[role="status"]')?.textContent ?? '';
  fireEvent.click(screen.getByRole('button', { name: 'n1' }));
  expect(told()).toBe('n2:6379 believes n1:6379 to be not reachable by itself (PFAIL). 1 of 26 opinions that make it FAIL.');
  fireEvent.keyDown(field, { key: 'ArrowDown' });
  expect(told()).toBe('n3:6379 believes n1:6379 to be failed (FAIL).');
  fireEvent.keyDown(field, { key: 'End' });
  expect(told()).toBe('n3:6379 believes n100:6379 to be reachable.');
  fireEvent.change(screen.getByRole('combobox', { name: 'about whom' }), { target: { value: 'n3:6379' } });
  expect(told()).toBe('n3:6379 is this node itself.');
  // Heads and squares of a hundred columns take no more than there is.
  expect(Number(container.querySelector('.belief-squares')?.getAttribute('width')) + Number(container.querySelector('.belief-rows')?.getAttribute('width'))).toBeLessThanOrEqual(540);
  expect(container.querySelectorAll('.stage-view *').length).toBeLessThan(1500);
});
