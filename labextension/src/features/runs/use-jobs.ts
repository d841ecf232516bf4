import { useCallback, useEffect, useRef, useState } from 'react';
import type { EventsApi, Job, JobsApi } from '../../api';

/** How many jobs are read at first, and the most that the server gives at once. */
const FIRST = 200;
const MOST = 1000;

export interface JobList {
  /** Undefined until they were read. */
  jobs: readonly Job[] | undefined;
  problem: unknown;
  /** Reads older ones too; undefined where there are none, or no more are shown. */
  showOlder: (() => void) | undefined;
}

/** All jobs, the newest first, kept true by events: each brings the job as it is now. */
export function useJobs(api: { jobs: JobsApi; events: EventsApi }): JobList {
  const [jobs, setJobs] = useState<readonly Job[]>();
  const [problem, setProblem] = useState<unknown>();
  const [limit, setLimit] = useState(FIRST);
  const asked = useRef(0);
  const read = useCallback(() => {
    const round = ++asked.current;
    api.jobs.list({ limit }).then(
      found => {
        if (asked.current === round) {
          setJobs(found);
          setProblem(undefined);
        }
      },
      (reason: unknown) => {
        if (asked.current === round) {
          setProblem(reason);
        }
      }
    );
  }, [api, limit]);
  useEffect(() => {
    const unsubscribe = api.events.subscribe(
      ({ topic, data }) => {
        if (topic === 'jobs') {
          setJobs(before => before && withNews(before, data as Partial<Job> & { deleted?: boolean }));
        } else if (topic.startsWith('events.')) {
          read(); // Subscribed just now, perhaps after a break, or some events were missed.
        }
      },
      ['jobs']
    );
    read();
    return () => {
      asked.current += 1;
      unsubscribe();
    };
  }, [api, read]);
  const mayBeMore = jobs !== undefined && jobs.length >= limit && limit < MOST;
  return {
    jobs,
    problem,
    showOlder: mayBeMore
      ? () => {
          setLimit(MOST);
        }
      : undefined
  };
}

/** The list with a job as it is now: in its place, as the newest, or gone. */
export function withNews(jobs: readonly Job[], news: Partial<Job> & { deleted?: boolean }): readonly Job[] {
  if (news.deleted) {
    return jobs.filter(job => job.id !== news.id);
  }
  const now = news as Job;
  return jobs.some(job => job.id === now.id) ? jobs.map(job => (job.id === now.id ? now : job)) : [now, ...jobs];
}
