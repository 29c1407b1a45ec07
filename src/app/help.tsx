/* Keyboard and help: what can be done from the keyboard, everywhere and in each place. */
import { Link } from 'react-router';
import { Dialog, Kbd } from '../ui/index.ts';

const KEYS: readonly { place: string; keys: readonly (readonly [readonly string[], string])[] }[] = [
  { place: 'Everywhere', keys: [
    [['Ctrl K', '/'], 'Search lessons and commands'],
    [['F6', 'Shift F6'], 'Go to the next area, or the one before; also the way out of a terminal'],
    [['?'], 'Show this list'],
  ] },
  { place: 'In a terminal', keys: [
    [['Tab'], 'Complete a command'],
    [['↑', '↓'], 'Walk through the history'],
    [['Ctrl R'], 'Search the history'],
    [['Ctrl C'], 'Stop the program, or copy if text is selected'],
    [['Ctrl A', 'Ctrl E'], 'Go to the start or the end of the line'],
    [['Ctrl U', 'Ctrl K'], 'Delete the line, or the rest of it'],
    [['Ctrl L'], 'Clear the screen'],
    [['Ctrl Shift F'], 'Find in the output'],
    [['Ctrl V'], 'Paste, also many lines'],
  ] },
  { place: 'At a picture', keys: [
    [['←', '→'], 'Go back and forth through its states'],
    [['Space'], 'Stop time, or let it run'],
    [['R'], 'Return to now'],
  ] },
  { place: 'At a divider', keys: [
    [['Arrows'], 'Move it'],
    [['Home', 'End'], 'Move it to its limits'],
    [['Enter'], 'Put it back'],
  ] },
];

export function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard and help">
      {KEYS.map((group) => (
        <section key={group.place} className="help-section">
          <h3>{group.place}</h3>
          <dl className="help-keys">
            {group.keys.map(([keys, says]) => (
              <div key={says} style={{ display: 'contents' }}>
                <dt>{keys.map((key) => <Kbd key={key} keys={key} />)}</dt>
                <dd>{says}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <section className="help-section">
        <h3>If a terminal is hard to use</h3>
        <p>Press “Plain” above it. The terminal becomes one input line and a list of lines that a screen reader announces.</p>
      </section>
      <p><Link to="/about" onClick={onClose}>About this product and third-party notices</Link></p>
    </Dialog>
  );
}
