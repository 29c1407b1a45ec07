/*
 * What came back for a line that the page typed: the reply as redis-cli printed it. It is read from the
 * terminal's own screen, so a refusal by redis-cli or by the parser is heard as well, and the learner is
 * never shown anything but what stands in the terminal.
 */
import type { LabSession } from './session.ts';

/** After this long without a new prompt, what is there is what came. Milliseconds. */
const LONGEST_MS = 4000;

export function hearReply(session: LabSession, line: string, tty: string, heard: (reply: string) => void): void {
  const before = performance.now();
  const look = () => {
    session.ask({ about: 'transcript', tty }).then((value) => {
      const reply = replyAfter(String(value), line);
      if (reply !== undefined) heard(reply);
      else if (performance.now() - before > LONGEST_MS) heard('(no reply yet)');
      else setTimeout(look, 60);
    }, () => heard('(no reply: the terminal is not there)'));
  };
  setTimeout(look, 60);
}

/** The lines between the last prompt with `line` and the prompt after it; undefined while that has not come. */
export function replyAfter(screen: string, line: string): string | undefined {
  const lines = screen.split('\n');
  const isPrompt = (text: string) => /^(\S+:\d+(\[\d+\])?(\(TX\))?|not connected|redis \S+)> ?/.test(text);
  let last = lines.length - 1;
  while (last >= 0 && (lines[last] ?? '').trim() === '') last--;
  if (last < 0 || !isPrompt(lines[last] ?? '') || (lines[last] ?? '').trimEnd().endsWith(line)) return undefined;
  for (let at = last - 1; at >= 0; at--) {
    const text = (lines[at] ?? '').trimEnd();
    if (!isPrompt(text)) continue;
    return text.endsWith(`> ${line}`) ? lines.slice(at + 1, last).join('\n').trimEnd() : undefined;
  }
  return undefined;
}
