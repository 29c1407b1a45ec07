/*
 * The elements that only a lesson has: listings that run, pictures, predictions, questions, call-outs, cards.
 * model.ts lists them with their properties.
 */
import { useMemo, type ReactNode } from 'react';
import { Callout, type CalloutKind } from '../../ui/index.ts';
import type { TreeElement } from '../model.ts';
import { CodeListing } from './code.tsx';
import { CommandLink, TermLink } from './command-link.tsx';
import { useLessonHost } from './host.tsx';
import { InlineQuiz, Recall } from './inline-quiz.tsx';
import { PredictBox } from './predict.tsx';
import { Transcript } from './transcript.tsx';
import { propertyText as text, type Around } from './tree.tsx';

export function drawOwnElement(node: TreeElement, around: Around, children: ReactNode[]): ReactNode {
  switch (node.tagName) {
    case 'ks-transcript':
    case 'ks-console':
    case 'ks-code': {
      const block = around.blocks[text(node, 'block')];
      if (block === undefined) return null;
      return block.kind === 'code' ? <CodeListing block={block} /> : <Transcript block={block} />;
    }
    case 'ks-viz':
      return <Picture node={node} />;
    case 'ks-predict':
      return <PredictBox id={text(node, 'id')} answer={text(node, 'answer')} options={text(node, 'options')}>{children}</PredictBox>;
    case 'ks-recall':
      return <Recall from={text(node, 'from')} count={Number(text(node, 'n')) || 2} />;
    case 'ks-quiz':
      return <InlineQuiz questions={text(node, 'ids').split(/\s+/).map((id) => around.questions[id]).filter((question) => question !== undefined)} />;
    case 'ks-callout': {
      const kind = text(node, 'kind');
      const known: CalloutKind = kind === 'tip' || kind === 'warning' || kind === 'production' ? kind : 'note';
      return <Callout kind={known} title={text(node, 'title') === '' ? undefined : text(node, 'title')}>{children}</Callout>;
    }
    case 'ks-compare':
      return <div className="compare">{children}</div>;
    case 'ks-details':
      return <details className="fold"><summary>{text(node, 'summary')}</summary>{children}</details>;
    case 'ks-command':
      return <CommandLink name={text(node, 'name')}>{children}</CommandLink>;
    case 'ks-term':
      return <TermLink id={text(node, 'term')}>{children}</TermLink>;
    case 'ks-blank':
      return <span className="gap" aria-label={`gap ${text(node, 'n')}`}>____</span>;
    default:
      return <>{children}</>;
  }
}

function Picture({ node }: { node: TreeElement }) {
  const host = useLessonHost();
  // The compiler wrote the object; what a damaged chunk may hold instead is as if nothing had been given.
  const params = useMemo(() => stringsOf(text(node, 'params')), [node]);
  return <>{host.picture({ id: text(node, 'id'), view: text(node, 'view'), params })}</>;
}

function stringsOf(json: string): Record<string, string> {
  try {
    const given: unknown = JSON.parse(json === '' ? '{}' : json);
    if (typeof given !== 'object' || given === null) return {};
    return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return {};
  }
}
