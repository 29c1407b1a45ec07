/* The routes. Each page is a chunk of its own. */
import { lazy, Suspense } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';
import { createWorkerLab } from '../lab/client.ts';
import { Skeleton } from '../ui/index.ts';
import { LabProvider } from './lab/provider.tsx';
import { Shell } from './shell.tsx';

const Home = lazy(() => import('./pages/home.tsx'));
const Learn = lazy(() => import('./pages/learn.tsx'));
const Lesson = lazy(() => import('./pages/lesson.tsx'));
const Exercise = lazy(() => import('./pages/exercise.tsx'));
const Quiz = lazy(() => import('./pages/quiz.tsx'));
const Sandbox = lazy(() => import('./pages/sandbox.tsx'));
const Deployments = lazy(() => import('./pages/deployments.tsx'));
const Reference = lazy(() => import('./pages/reference.tsx'));
const Progress = lazy(() => import('./pages/progress.tsx'));
const About = lazy(() => import('./pages/about.tsx'));
const NotFound = lazy(() => import('./pages/not-found.tsx'));

export function App() {
  return (
    <BrowserRouter basename={import.meta.env.BASE_URL.replace(/\/$/, '')}>
      <LabProvider make={createWorkerLab}>
        <Shell>
          <Suspense fallback={<Skeleton label="Loading the page" />}>
            <Routes>
              <Route path="/" element={<Home />} />
              <Route path="/learn" element={<Learn />} />
              <Route path="/learn/:week" element={<Learn />} />
              <Route path="/lesson/:id" element={<Lesson />} />
              <Route path="/exercise/:id" element={<Exercise />} />
              <Route path="/quiz/:id" element={<Quiz />} />
              <Route path="/sandbox" element={<Sandbox />} />
              <Route path="/sandbox/deployments" element={<Deployments />} />
              <Route path="/reference" element={<Reference />} />
              <Route path="/reference/:command" element={<Reference />} />
              <Route path="/progress" element={<Progress />} />
              <Route path="/about" element={<About />} />
              <Route path="*" element={<NotFound />} />
            </Routes>
          </Suspense>
        </Shell>
      </LabProvider>
    </BrowserRouter>
  );
}
