import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test } from 'vitest';
import { Link, matchPath, NavLink, navigate, Routes, useLocation, useParams, type Route } from './router.tsx';

afterEach(() => {
  cleanup();
  navigate('/', { replace: true });
});

test.each<[string, string, Record<string, string> | undefined]>([
  ['/', '/', {}],
  ['/lesson/:id', '/lesson/meet-redis', { id: 'meet-redis' }],
  ['/lesson/:id', '/lesson', undefined],
  ['/lesson/:id', '/lesson/', undefined],
  ['/lesson/:id', '/lesson/a/b', undefined],
  ['/reference/:command', '/reference/CONFIG%20GET', { command: 'CONFIG GET' }],
  ['/reference/:command', '/reference/%E0%A4%A', { command: '%E0%A4%A' }],
  ['*', '/anything/at/all', {}],
])('%s fits %s: %j', (pattern, path, expected) => {
  expect(matchPath(pattern, path)).toEqual(expected);
});

function Lesson() {
  const { id } = useParams();
  return <h1>Lesson {id}</h1>;
}

function Where() {
  const { pathname, hash } = useLocation();
  return <output>{pathname}{hash}</output>;
}

const ROUTES: readonly Route[] = [['/', <h1 key="home">Home</h1>], ['/lesson/:id', <Lesson key="lesson" />], ['*', <h1 key="none">Nothing</h1>]];

test('a link changes the page and the address without loading anew, back returns', async () => {
  render(<><Link to="/lesson/one#part">One</Link><NavLink to="/lesson">Lessons</NavLink><Routes routes={ROUTES} /><Where /></>);
  expect(screen.getByRole('heading').textContent).toBe('Home');
  await userEvent.click(screen.getByRole('link', { name: 'One' }));
  expect(screen.getByRole('heading').textContent).toBe('Lesson one');
  expect(screen.getByRole('status').textContent).toBe('/lesson/one#part');
  expect(screen.getByRole('link', { name: 'Lessons' }).getAttribute('aria-current')).toBe('page');
});

test('an address that no pattern fits shows the last one', () => {
  navigate('/no/such/place');
  render(<Routes routes={ROUTES} />);
  expect(screen.getByRole('heading').textContent).toBe('Nothing');
});

test('a press that asks for another tab is left to the browser', async () => {
  render(<><Link to="/lesson/one">One</Link><Where /></>);
  const user = userEvent.setup();
  await user.keyboard('{Control>}');
  await user.click(screen.getByRole('link', { name: 'One' }));
  await user.keyboard('{/Control}');
  expect(screen.getByRole('status').textContent).toBe('/');
});
