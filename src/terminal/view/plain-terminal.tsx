/*
 * The terminal as paragraphs and one input line. Made for phones and screen readers, open to everyone:
 * new lines are announced, the prompt is the input's label, arrow keys walk through what was typed before.
 * What is typed goes to the same program as in the grid, so nothing is different behind it.
 */
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import { Button } from '../../ui/index.ts';
import { bytesOf } from './encoding.ts';
import { plainReader, type PlainScreen } from './plain-screen.ts';
import type { TtyPort } from './port.ts';

/** Wide enough that no line editor scrolls its line sideways; paragraphs wrap by themselves. */
const COLUMNS = 400;
const ROWS = 40;

export interface PlainTerminalProps {
  port: TtyPort;
  label: string;
  /** What the program in front asks with: "127.0.0.1:6379> ". */
  prompt: string;
}

export function PlainTerminal({ port, label, prompt }: PlainTerminalProps) {
  const [screen, setScreen] = useState<PlainScreen>({ lines: [''], first: 0 });
  const [line, setLine] = useState('');
  const typed = useRef<string[]>([]);
  const at = useRef(0);
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    let reader = plainReader();
    let frame = 0;
    const show = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => setScreen(reader.screen()));
    };
    const begin = () => {
      reader = plainReader();
      reader.write(port.history());
      show();
    };
    port.resize(COLUMNS, ROWS);
    begin();
    const offOutput = port.onOutput((bytes) => {
      reader.write(bytes);
      show();
    });
    const offRedraw = port.onRedraw(begin);
    return () => {
      cancelAnimationFrame(frame);
      offOutput();
      offRedraw();
    };
  }, [port]);

  useEffect(() => {
    const element = box.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  }, [screen]);

  const send = (event: FormEvent) => {
    event.preventDefault();
    if (line !== '') typed.current = [...typed.current.filter((old) => old !== line), line].slice(-200);
    at.current = typed.current.length;
    port.input(bytesOf(`${line}\r`));
    setLine('');
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault();
      at.current = Math.min(typed.current.length, Math.max(0, at.current + (event.key === 'ArrowUp' ? -1 : 1)));
      setLine(typed.current[at.current] ?? '');
    } else if (event.ctrlKey && event.key === 'c' && event.currentTarget.selectionStart === event.currentTarget.selectionEnd) {
      event.preventDefault();
      setLine('');
      port.input('\x03');
    } else if (event.ctrlKey && event.key === 'd') {
      event.preventDefault();
      port.input('\x04');
    }
  };
  // The last line is the live prompt; it stands beside the input instead.
  const live = screen.lines.at(-1) ?? '';
  const waiting = prompt !== '' && live.startsWith(prompt.trimEnd());
  const lines = waiting ? screen.lines.slice(0, -1) : screen.lines;
  const id = `plain-${label.replaceAll(/\W+/g, '-')}`;
  return (
    <div className="plain" data-terminal="plain">
      <div className="plain-lines" ref={box} role="log" aria-label={`${label}: output`} tabIndex={0}>
        {lines.map((text, i) => <p key={screen.first + i} data-typed={prompt !== '' && text.startsWith(prompt.trimEnd())}>{text}</p>)}
      </div>
      <form className="plain-form" onSubmit={send}>
        <label htmlFor={id}>{waiting ? prompt.trimEnd() : 'Input'}<span className="only-read"> {label}</span></label>
        <input id={id} ref={input} value={line} onChange={(event) => setLine(event.target.value)} onKeyDown={onKeyDown} autoCapitalize="none" autoCorrect="off" autoComplete="off" spellCheck={false} enterKeyHint="send" />
        <Button type="submit" small look="primary">Run</Button>
        {waiting ? null : <Button small onClick={() => port.input('\x03')}>Stop</Button>}
      </form>
    </div>
  );
}
