/* What must stand around prose: the host that it asks, and the elements of its own. */
import type { ReactNode } from 'react';
import { HostProvider, type LessonHost } from './host.tsx';
import { drawOwnElement } from './own-elements.tsx';
import { OwnElementsProvider } from './tree.tsx';

export function LessonHostProvider({ value, children }: { value: LessonHost; children: ReactNode }) {
  return <HostProvider value={value}><OwnElementsProvider value={drawOwnElement}>{children}</OwnElementsProvider></HostProvider>;
}
