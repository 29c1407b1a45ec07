/* The routes. Each page is a chunk of its own, except home, which is what most people see first. */
import { lazy, Suspense } from 'react';
import { createWorkerLab } from '../lab/client.ts';
import { Skeleton } from '../ui/index.ts';
import { LabProvider } from './lab/provider.tsx';
import Home from './pages/home.tsx';
import { Routes, type Route } from './router.tsx';
import { Shell } from './shell.tsx';

const Learn = lazy(() => import('./pages/learn.tsx'));
const Lesson = lazy(() => import('./pages/lesson.tsx'));
const Exercise = lazy(() => import('./pages/exercise.tsx'));
const Quiz = lazy(() => import('./pages/quiz.tsx'));
const Sandbox = lazy(() => import('./pages/sandbox.tsx'));
const Reference = lazy(() => import('./pages/reference.tsx'));
const Progress = lazy(() => import('./pages/progress.tsx'));
const About = lazy(() => import('./pages/about.tsx'));
const NotFound = lazy(() => import('./pages/not-found.tsx'));

const ROUTES: readonly Route[] = [
  ['/', <Home key="home" />],
  ['/learn', <Learn key="learn" />],
  ['/learn/:week', <Learn key="learn" />],
  ['/lesson/:id', <Lesson key="lesson" />],
  ['/exercise/:id', <Exercise key="exercise" />],
  ['/quiz/:id', <Quiz key="quiz" />],
  ['/sandbox', <Sandbox key="sandbox" />],
  ['/reference', <Reference key="reference" />],
  ['/reference/:command', <Reference key="reference" />],
  ['/progress', <Progress key="progress" />],
  ['/about', <About key="about" />],
  ['*', <NotFound key="none" />],
];

export function App() {
  return (
    <LabProvider make={createWorkerLab}>
      <Shell>
        <Suspense fallback={<Skeleton label="Loading the page" />}>
          <Routes routes={ROUTES} />
        </Suspense>
      </Shell>
    </LabProvider>
  );
}
