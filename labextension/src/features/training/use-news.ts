import { useEffect, useRef } from 'react';
import type { EventsApi } from '../../api';

const ASK_EVERY_MS = 2000;

/**
 * Calls `look` now, at every event of `topics`, and now and then in case one was lost; never twice at a time.
 *
 * `look` is told by its argument whether its answer is still wanted. Once `goesOn` is false it looks one last time.
 */
export function useNews(
  events: EventsApi,
  topics: string[],
  goesOn: boolean,
  look: (isGone: () => boolean) => Promise<void>
): void {
  const latest = useRef(look);
  latest.current = look;
  const key = topics.join(' ');
  useEffect(() => {
    let isGone = false;
    let isLooking = false;
    let isWanted = false;
    const read = async (): Promise<void> => {
      if (isLooking) {
        isWanted = true;
        return;
      }
      isLooking = true;
      do {
        isWanted = false;
        await latest.current(() => isGone);
      } while (isWanted && !isGone);
      isLooking = false;
    };
    void read();
    if (!goesOn) {
      return () => {
        isGone = true;
      };
    }
    const timer = setInterval(() => void read(), ASK_EVERY_MS);
    const unsubscribe = events.subscribe(() => void read(), key.split(' '));
    return () => {
      isGone = true;
      clearInterval(timer);
      unsubscribe();
    };
  }, [events, key, goesOn]);
}
