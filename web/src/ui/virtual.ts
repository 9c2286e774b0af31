import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

export interface Window { first: number; last: number; columns: number; total: number }

// Rows beyond the visible ones, so that a fast scroll finds them drawn.
const beyond = 8;

/**
 * Which of `count` items are to be drawn: only those in sight, however many there are.
 * @param itemWidth of a grid's cell; 0 for a list, whose rows are as wide as it is
 */
export function useWindow(element: RefObject<HTMLElement | null>, count: number, rowHeight: number, itemWidth: number): Window {
  const [place, setPlace] = useState({ top: 0, height: 800, width: 800 });
  useLayoutEffect(() => {
    const scrolled = element.current!;
    const measure = (): void => setPlace(before => {
      const now = { top: Math.floor(scrolled.scrollTop / rowHeight) * rowHeight, height: scrolled.clientHeight, width: scrolled.clientWidth };
      return before.top === now.top && before.height === now.height && before.width === now.width ? before : now;
    });
    measure();
    const size = new ResizeObserver(measure);
    size.observe(scrolled);
    scrolled.addEventListener('scroll', measure, { passive: true });
    return () => { size.disconnect(); scrolled.removeEventListener('scroll', measure); };
  }, [rowHeight]);
  const columns = itemWidth === 0 ? 1 : Math.max(1, Math.floor(place.width / itemWidth));
  const rows = Math.ceil(count / columns);
  const firstRow = Math.max(0, Math.floor(place.top / rowHeight) - beyond);
  const lastRow = Math.min(rows, Math.ceil((place.top + place.height) / rowHeight) + beyond);
  return { first: firstRow * columns, last: Math.min(count, lastRow * columns), columns, total: rows * rowHeight };
}

/** Brings an item into sight when it becomes the one the keys act on. */
export function useInSight(element: RefObject<HTMLElement | null>, index: number, columns: number, rowHeight: number, headHeight = 0): void {
  useEffect(() => {
    const scrolled = element.current;
    if (!scrolled || index < 0) return;
    const top = Math.floor(index / columns) * rowHeight;
    if (top < scrolled.scrollTop) scrolled.scrollTop = top;
    else if (top + rowHeight > scrolled.scrollTop + scrolled.clientHeight - headHeight) scrolled.scrollTop = top + rowHeight - scrolled.clientHeight + headHeight;
  }, [index, columns, rowHeight]);
}
