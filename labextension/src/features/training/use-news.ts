import { useEffect, useRef } from 'react';
import type { EventsApi } from '../../api';

const ASK_EVERY_MS = 2000;

/** How much is expected: news all the time, some day perhaps, or none any more. */
export type Pace = 'live' | 'quiet' | 'over';

/**
 * Calls `look` now and at every event of `topics`; while it is live also now and then in case one was lost, and when it
 * is over not again. Never twice at a time. `look` is told by its argument whether its answer is still wanted. Another
 * `about` is looked at anew.
 */
export function useNews(
  events: EventsApi,
  topics: string[],
  pace: Pace,
  look: (isGone: () => boolean) => Promise<void>,
  about = ''
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
    if (pace === 'over') {
      return () => {
        isGone = true;
      };
    }
    const timer = pace === 'live' ? setInterval(() => void read(), ASK_EVERY_MS) : undefined;
    const unsubscribe = events.subscribe(() => void read(), key.split(' '));
    return () => {
      isGone = true;
      clearInterval(timer);
      unsubscribe();
    };
  }, [events, key, pace, about]);
}
