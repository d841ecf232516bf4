import { useRef, useState } from 'react';
import { ApiError, type Diagnosis, type EventsApi, type Job, type JobsApi } from '../../api';
import { appended } from './appending';
import type { CurvesByName } from './curves';
import { isLive } from './job-words';
import { useNews, type Pace } from './use-news';

/** Which run is meant: one job, or the newest training of a drawn graph or of a cell that nobody drew. */
export type RunRequest = { job: string } | { graph: string } | { cell: string };

export interface FollowedRun {
  /** Null where there is none. */
  job: Job | null;
  curves: CurvesByName;
  /** What the curves say; null where it was not asked about yet. */
  diagnosis: Diagnosis | null;
  /** Why the last look failed, or null where it did not. */
  problem: unknown;
  /** Whether the first look is still under way. */
  isLooking: boolean;
}

interface Reading {
  job: string;
  curves: CurvesByName;
  after: number;
  diagnosis: Diagnosis | null;
}

const NOTHING: FollowedRun = { job: null, curves: {}, diagnosis: null, problem: null, isLooking: true };

/** Follows a run: its state and its curves, thinned up to now and then point by point, live while it goes on. */
export function useRun(api: { jobs: JobsApi; events: EventsApi }, request: RunRequest): FollowedRun {
  const [run, setRun] = useState(NOTHING);
  const kept = useRef<Reading | null>(null);
  const id = run.job?.id;
  useNews(api.events, ['jobs', ...(id ? [`job.${id}`] : [])], paceOf(run, request), async isGone => {
    try {
      // The job before its points: a job seen as ended has written all of them.
      const job = await find(api.jobs, request);
      if (kept.current?.job !== job?.id) {
        kept.current = job && (await begin(api.jobs, job.id));
      }
      const reading = kept.current;
      let isNew = reading?.diagnosis === null;
      while (reading) {
        const page = await api.jobs.metrics(reading.job, reading.after);
        if (isGone()) {
          return;
        }
        if (page.points.length === 0) {
          break;
        }
        reading.curves = appended(reading.curves, page.points);
        reading.after = page.next;
        isNew ||= page.points.some(point => !point.name.endsWith('_step'));
      }
      if (reading && job && (isNew || !isLive(job))) {
        reading.diagnosis = await api.jobs.diagnosis(job.id);
      }
      if (!isGone()) {
        setRun({
          job,
          curves: reading?.curves ?? {},
          diagnosis: reading?.diagnosis ?? null,
          problem: null,
          isLooking: false
        });
      }
    } catch (problem) {
      if (!isGone()) {
        setRun(before => ({ ...before, problem, isLooking: false }));
      }
    }
  });
  return run;
}

function paceOf({ job, problem, isLooking }: FollowedRun, request: RunRequest): Pace {
  if (!('job' in request)) {
    // A graph or a cell may be trained again, which an event tells.
    return (job && isLive(job)) || problem !== null ? 'live' : 'quiet';
  }
  const isMissing = problem instanceof ApiError && problem.code === 'job_not_found';
  const hasEnded = job?.id === request.job && !isLive(job) && problem === null;
  return !isLooking && (isMissing || hasEnded) ? 'over' : 'live';
}

/** A run of a million points comes thinned to what a screen shows. */
async function begin(jobs: JobsApi, job: string): Promise<Reading> {
  const { curves, next } = await jobs.curves(job);
  return { job, curves, after: next, diagnosis: null };
}

async function find(jobs: JobsApi, request: RunRequest): Promise<Job | null> {
  if ('job' in request) {
    return jobs.get(request.job);
  }
  const [newest] = await jobs.list({ kind: 'training', labels: { ...request }, limit: 1 });
  return newest ?? null;
}
