import { useEffect, useRef, useState } from 'react';
import type { EventsApi, JobsApi, LogFilter, LogLine } from '../../api';
import { useNews } from './use-news';

/** How many lines a log begins with, and how many older ones come at a time. */
const PAGE = 300;
/** How many lines are kept at most while new ones come. */
const KEPT = 20_000;

export interface ShownLog {
  lines: LogLine[];
  /** Whether there are older lines. */
  hasOlder: boolean;
  isLooking: boolean;
  /** Why the log cannot be read; undefined where it can. */
  reason: unknown;
  showOlder: () => void;
}

interface Shown {
  lines: LogLine[];
  previous: number | null;
  isLooking: boolean;
  reason: unknown;
}

const NOTHING: Shown = { lines: [], previous: null, isLooking: true, reason: undefined };

/** The last lines of a log that pass a filter, those that come, and older ones on demand. */
export function useLog(
  api: { jobs: JobsApi; events: EventsApi },
  jobId: string,
  goesOn: boolean,
  filter: LogFilter
): ShownLog {
  const [shown, setShown] = useState<Shown>(NOTHING);
  const key = JSON.stringify(filter);
  const reading = useRef<{ key: string; next: number | null }>({ key, next: null });
  useEffect(() => {
    setShown(NOTHING);
  }, [key]);
  const look = async (isGone: () => boolean): Promise<void> => {
    try {
      if (reading.current.key !== key || reading.current.next === null) {
        const page = await api.jobs.log(jobId, { after: -PAGE, limit: PAGE, ...filter });
        if (isGone()) {
          return;
        }
        reading.current = { key, next: page.next };
        setShown({ lines: page.lines, previous: page.previous, isLooking: false, reason: undefined });
      }
      for (let more = true; more;) {
        const page = await api.jobs.log(jobId, { after: reading.current.next ?? 0, limit: 5000, ...filter });
        if (isGone()) {
          return;
        }
        reading.current.next = page.next;
        more = page.more;
        if (page.lines.length > 0) {
          setShown(before => ({ ...before, lines: [...before.lines, ...page.lines].slice(-KEPT), reason: undefined }));
        }
      }
    } catch (reason) {
      if (!isGone()) {
        setShown(before => ({ ...before, isLooking: false, reason }));
      }
    }
  };
  useNews(api.events, [`job.${jobId}.log`], goesOn ? 'live' : 'over', look, key);
  const showOlder = (): void => {
    if (shown.previous === null || shown.isLooking) {
      return;
    }
    setShown(before => ({ ...before, isLooking: true }));
    api.jobs.log(jobId, { before: shown.previous, limit: PAGE, ...filter }).then(
      page => {
        if (reading.current.key === key) {
          setShown(before => ({
            lines: [...page.lines, ...before.lines],
            previous: page.previous,
            isLooking: false,
            reason: undefined
          }));
        }
      },
      (reason: unknown) => {
        setShown(before => ({ ...before, isLooking: false, reason }));
      }
    );
  };
  return { ...shown, hasOlder: shown.previous !== null, showOlder };
}

/** Every line of a log that passes a filter, as text. */
export async function wholeLog(jobs: JobsApi, jobId: string, filter: LogFilter): Promise<string> {
  const texts: string[] = [];
  let after = 0;
  for (let more = true; more;) {
    const page = await jobs.log(jobId, { after, limit: 10_000, ...filter });
    texts.push(...page.lines.map(line => line.text));
    ({ next: after, more } = page);
  }
  return texts.map(text => `${text}\n`).join('');
}
