/*
 * Transcripts
 * -----------
 * A ```redis block is a session: `> COMMAND`, then what redis-cli prints, until the next `> `. A ```console
 * block is the same at the shell, with `$ `. The printed lines are kept to the character, because the build
 * compares them with what the engine prints.
 */
import type { TranscriptEntry } from '../model.ts';
import { highlight } from './highlight.ts';

export interface ParsedTranscript {
  entries: (TranscriptEntry & { line: number })[];
  problems: { line: number; what: string; fix: string }[];
}

/** Lines in the result count from 0 within the text. */
export function parseTranscript(text: string, prompt: '>' | '$'): ParsedTranscript {
  const entries: (TranscriptEntry & { line: number; printed: string[] })[] = [];
  const problems: ParsedTranscript['problems'] = [];
  text.split('\n').forEach((line, index) => {
    if (line === prompt || line.startsWith(`${prompt} `)) {
      const command = line.slice(1).trim();
      if (command === '') problems.push({ line: index, what: `"${prompt}" without a command`, fix: 'write the command on the same line' });
      else entries.push({ command, reply: '', highlighted: highlight(command, prompt === '>' ? 'redis' : 'bash'), line: index, printed: [] });
      return;
    }
    const last = entries[entries.length - 1];
    if (last !== undefined) last.printed.push(line.trimEnd());
    else if (line.trim() !== '') {
      problems.push({ line: index, what: `"${line}" stands before the first command`, fix: `begin command lines with "${prompt} "` });
    }
  });
  return {
    entries: entries.map(({ printed, ...entry }) => ({ ...entry, reply: printed.join('\n').replace(/\n+$/, '') })),
    problems,
  };
}
