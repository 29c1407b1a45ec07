/*
 * The course as a path: one line down the page with a tick per week, as on the axis of an instrument.
 * A module with lessons lists them by section; one without shows the outline it is, folded to a line.
 */
import { Link } from 'react-router';
import { StateMark } from '../ui/index.ts';
import { modules } from 'virtual:weeks';
import type { ItemSummary, Module } from '../lessons/index.ts';
import { outline } from './course.ts';
import { useProgress, type Progress } from './progress-store.ts';
import { itemState } from './progress-view.ts';
import './course-path.css';

export function CoursePath({ headings = 'h3' }: { headings?: 'h2' | 'h3' }) {
  const progress = useProgress();
  return (
    <ol className="path" aria-label="The weeks of the course">
      {modules.map((module) => <Station key={module.id} module={module} progress={progress} Heading={headings} />)}
    </ol>
  );
}

function weekLabel(module: Module): string {
  const first = module.weeks[0];
  const last = module.weeks.at(-1);
  return first === undefined ? '' : first === last || last === undefined ? String(first) : `${first}–${last}`;
}

function Station({ module, progress, Heading }: { module: Module; progress: Progress; Heading: 'h2' | 'h3' }) {
  const Section = Heading === 'h2' ? 'h3' : 'h4';
  if (!module.hasLessons) {
    return (
      <li className="station station-outline">
        <span className="station-week"><span className="only-read">Week </span>{weekLabel(module)}</span>
        <details className="station-body">
          <summary>
            <Heading>{module.title}</Heading>
            <span className="station-summary">{module.summary}</span>
            <span className="station-note">Outline</span>
          </summary>
          <div className="station-sections">
            {module.sections.map((section) => (
              <section key={section.id}>
                <Section className="station-section"><span>{section.id}</span>{section.title}</Section>
                <ul className="topics">{section.topics.map((topic) => <li key={topic}>{topic}</li>)}</ul>
              </section>
            ))}
          </div>
        </details>
      </li>
    );
  }
  const items = module.items.map((id) => outline.items[id]).filter((item): item is ItemSummary => item !== undefined && item.kind !== 'module');
  const done = items.filter((item) => ['done', 'seen'].includes(itemState(progress, item))).length;
  const placed = new Set(module.sections.flatMap((section) => section.items));
  const quizzes = items.filter((item) => item.kind === 'quiz' && !placed.has(item.id));
  return (
    <li className="station" data-state={done === items.length ? 'done' : 'begun'}>
      <span className="station-week"><span className="only-read">Week </span>{weekLabel(module)}</span>
      <div className="station-body">
        <Heading><Link to={`/learn/${module.id}`}>{module.title}</Link></Heading>
        <p className="station-summary">{module.summary} <span className="station-count numbers">{done} of {items.length} done</span></p>
        <div className="station-sections">
          {module.sections.map((section) => (
            <section key={section.id} id={`section-${section.id}`}>
              <Section className="station-section"><span>{section.id}</span>{section.title}</Section>
              <ItemList items={section.items.map((id) => outline.items[id]).filter((item) => item !== undefined)} progress={progress} />
            </section>
          ))}
        </div>
        {quizzes.length === 0 ? null : (
          <div className="station-quizzes"><ItemList items={quizzes} progress={progress} /></div>
        )}
      </div>
    </li>
  );
}

const KIND: Record<ItemSummary['kind'], string> = { lesson: '', exercise: 'exercise', quiz: 'quiz', module: '' };

export function ItemList({ items, progress }: { items: readonly ItemSummary[]; progress: Progress }) {
  return (
    <ul className="items">
      {items.map((item) => (
        <li key={item.id}>
          <Link to={item.href} data-kind={item.kind}>
            <StateMark state={itemState(progress, item)} />
            <span className="item-title">{item.title}</span>
            <span className="item-kind">{item.handsOn === true ? 'hands-on' : KIND[item.kind]}</span>
            <span className="item-minutes numbers">{item.minutes} min</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
