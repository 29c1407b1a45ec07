/* Sizes of elements in CSS pixels, as they change; 0 before the first measure. */
import { useLayoutEffect, useRef, useState, type RefObject } from 'react';

const itself = (element: HTMLElement): HTMLElement => element;
const parentOf = (element: HTMLElement): HTMLElement | null => element.parentElement;

export function useWidth<E extends HTMLElement>(): readonly [RefObject<E | null>, number] {
  const place = useRef<E>(null);
  return [place, useMeasure(place, itself, 'clientWidth')];
}

/** How high the field is in which the element lies. */
export const useRoom = (place: RefObject<HTMLElement | null>): number => useMeasure(place, parentOf, 'clientHeight');

function useMeasure(place: RefObject<HTMLElement | null>, from: (element: HTMLElement) => HTMLElement | null, side: 'clientWidth' | 'clientHeight'): number {
  const [size, setSize] = useState(0);
  useLayoutEffect(() => {
    const element = place.current === null ? null : from(place.current);
    if (element === null) return;
    const measure = () => setSize(element[side]);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, [place, from, side]);
  return size;
}
