/* Sentences made at run time, with their little markup: `code`, **strong**, *emphasis*, [[SET]]. */
import { parseInline } from '../inline-text.ts';
import { CommandLink } from './command-link.tsx';

export function InlineText({ text }: { text: string }) {
  return (
    <>
      {parseInline(text).map((part, i) => {
        switch (part.kind) {
          case 'code': return <code key={i}>{part.text}</code>;
          case 'strong': return <strong key={i}>{part.text}</strong>;
          case 'emphasis': return <em key={i}>{part.text}</em>;
          case 'command': return <CommandLink key={i} name={part.text}>{part.text}</CommandLink>;
          default: return <span key={i}>{part.text}</span>;
        }
      })}
    </>
  );
}
