/* All weeks, or one of them with its introduction and everything in it. */
import { Link, useParams } from 'react-router';
import { modules } from 'virtual:weeks';
import { LessonHostProvider, Prose } from '../../lessons/view/index.ts';
import { buttonClass, Skeleton } from '../../ui/index.ts';
import { CoursePath, ItemList } from '../course-path.tsx';
import { outline, useItem } from '../course.ts';
import { useItemHost, usePageTerminals } from '../item-frame.tsx';
import { useArrivalAtPlace, usePage } from '../page.tsx';
import { useProgress } from '../progress-store.ts';
import { nextItem } from '../progress-view.ts';
import NotFound from './not-found.tsx';

export default function Learn() {
  const { week } = useParams();
  return week === undefined ? <AllWeeks /> : <OneWeek id={week} />;
}

function AllWeeks() {
  usePage('Learn', [{ label: 'Learn' }]);
  const progress = useProgress();
  const next = nextItem(progress);
  return (
    <div className="sheet" data-region="text">
      <h1>{outline.title}</h1>
      <p className="sheet-lead">{outline.summary} {outline.hoursPerWeek.min} to {outline.hoursPerWeek.max} hours a week. {outline.reference.note}</p>
      {next === undefined ? null : <p className="actions"><Link className={buttonClass('primary')} to={next.href}>{progress.last === undefined ? 'Start week 1' : `Continue: ${next.title}`}</Link></p>}
      <CoursePath headings="h2" />
    </div>
  );
}

function OneWeek({ id }: { id: string }) {
  const module = modules.find((candidate) => candidate.id === id || String(candidate.weeks[0]) === id);
  const pageId = module?.items.find((item) => outline.items[item]?.kind === 'module');
  const { item, fault } = useItem(pageId ?? '');
  const progress = useProgress();
  const terminals = usePageTerminals(undefined, []);
  const host = useItemHost({ item: id, session: undefined, terminals, onRan: () => {} });
  usePage(module?.title ?? 'Not found', [{ label: 'Learn', href: '/learn' }, ...(module === undefined ? [] : [{ label: `Week ${module.weeks.join(', ')}: ${module.title}` }])]);
  // Everything below an introduction that is still to come would be pushed down by it.
  const waiting = pageId !== undefined && module?.hasLessons === true && item === undefined && fault === undefined;
  useArrivalAtPlace(!waiting);
  if (module === undefined) return <NotFound />;
  const quizzes = module.items.map((each) => outline.items[each]).filter((each) => each !== undefined && each.kind === 'quiz').filter((each) => each !== undefined);
  return (
    <div className="sheet" data-region="text">
      <p className="item-over"><span>Week {module.weeks.join(', ')}</span>{module.minutes > 0 ? <span>about {Math.round(module.minutes / 60)} hours</span> : null}</p>
      <h1>{module.title}</h1>
      <p className="sheet-lead">{module.summary}</p>
      {item !== undefined && item.kind === 'module' ? <LessonHostProvider value={host}><Prose tree={item.body} blocks={item.blocks} /></LessonHostProvider> : waiting ? <Skeleton /> : fault !== undefined ? <p className="sheet-lead">The introduction could not be loaded. It needs the network once.</p> : module.hasLessons ? null : <p className="sheet-lead">This week has no lessons yet. Its outline:</p>}
      {waiting ? null : <div className="station-sections week-sections">
        {module.sections.map((section) => (
          <section key={section.id} id={`section-${section.id}`}>
            <h2 className="week-section"><span>{section.id}</span>{section.title}</h2>
            {section.items.length === 0 ? <ul className="topics">{section.topics.map((topic) => <li key={topic}>{topic}</li>)}</ul> : <ItemList items={section.items.map((each) => outline.items[each]).filter((each) => each !== undefined)} progress={progress} />}
          </section>
        ))}
      </div>}
      {waiting || quizzes.length === 0 ? null : <section className="week-quizzes"><h2 className="week-section">Know it already? Finished?</h2><p>The quizzes serve both: pass them first and skip what you know, or take them at the end.</p><ItemList items={quizzes} progress={progress} /></section>}
    </div>
  );
}
