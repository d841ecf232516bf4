/** Which jobs the list shows, in which order, and what it says of each. */
import type { Job, JobState } from '../../api';
import { duration, percent } from '../../elements';
import { isLive, trainingResult } from '../training/job-words';

export interface Wanted {
  /** Words that all occur in name, data set, owner, kind or id. */
  text: string;
  /** A state, or all that go on or have ended. */
  state: JobState | 'live' | 'ended' | '';
  dataset: string;
  kind: string;
}

export const ALL: Wanted = { text: '', state: '', dataset: '', kind: '' };

export type Column = 'name' | 'state' | 'dataset' | 'result' | 'when' | 'owner';

export interface Order {
  by: Column;
  isDown: boolean;
}

export const NEWEST_FIRST: Order = { by: 'when', isDown: true };

export const COLUMNS: readonly { name: Column; words: string }[] = [
  { name: 'name', words: 'Name' },
  { name: 'state', words: 'State' },
  { name: 'dataset', words: 'Data set' },
  { name: 'result', words: 'Result' },
  { name: 'when', words: 'When' },
  { name: 'owner', words: 'Who' }
];

export function shownJobs(jobs: readonly Job[], wanted: Wanted, order: Order): Job[] {
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = jobs.filter(job => {
    const all = [job.name, job.id, job.kind, job.owner, datasetOf(job)].join(' ').toLowerCase();
    return (
      words.every(word => all.includes(word)) &&
      isOfState(job, wanted.state) &&
      (!wanted.dataset || datasetOf(job) === wanted.dataset) &&
      (!wanted.kind || job.kind === wanted.kind)
    );
  });
  const sign = order.isDown ? -1 : 1;
  return found.sort((one, other) => sign * compared(one, other, order.by) || newer(one, other));
}

function isOfState(job: Job, state: Wanted['state']): boolean {
  return !state || job.state === state || (state === 'live' && isLive(job)) || (state === 'ended' && !isLive(job));
}

function compared(one: Job, other: Job, by: Column): number {
  switch (by) {
    case 'name':
      return nameOf(one).localeCompare(nameOf(other));
    case 'state':
      return one.state.localeCompare(other.state);
    case 'dataset':
      return datasetOf(one).localeCompare(datasetOf(other));
    case 'owner':
      return one.owner.localeCompare(other.owner);
    case 'when':
      return one.created_at.localeCompare(other.created_at);
    case 'result':
      return score(one) - score(other);
  }
}

function newer(one: Job, other: Job): number {
  return other.created_at.localeCompare(one.created_at) || other.id.localeCompare(one.id);
}

/** Where a job stands among others by its result: what has none comes below all that have one. */
function score(job: Job): number {
  return trainingResult(job)?.test_metrics['test_accuracy'] ?? -1;
}

export function nameOf(job: Job): string {
  return job.name || job.kind;
}

export function datasetOf(job: Job): string {
  return job.labels['dataset'] ?? '';
}

/** What came out, why nothing did, or how far it is: one short line. */
export function outcome(job: Job): string {
  if (job.error) {
    return job.error.message;
  }
  const tests = trainingResult(job)?.test_metrics;
  if (tests) {
    const [first] = Object.entries(tests);
    const accuracy = tests['test_accuracy'];
    return accuracy !== undefined
      ? `${percent(accuracy)} right`
      : first
        ? `${first[0].replace(/^test_/, '').replaceAll('_', ' ')} ${first[1].toPrecision(3)}`
        : '';
  }
  if (job.waiting) {
    return `Place ${job.waiting.place} in the queue`;
  }
  if (isLive(job) && job.progress) {
    const { stage, eta_s } = job.progress;
    return [stage, eta_s === null ? '' : `${duration(eta_s)} left`].filter(Boolean).join(', ');
  }
  return '';
}

/** The part that is done, from 0 to 1; null where that is not known or the job does not go on. */
export function share({ state, progress }: Job): number | null {
  return state === 'running' && progress?.total ? Math.min(1, progress.done / progress.total) : null;
}

/** The values that occur, in order, for a filter. */
export function choices(jobs: readonly Job[], of: (job: Job) => string): string[] {
  return [...new Set(jobs.map(of).filter(Boolean))].sort((one, other) => one.localeCompare(other));
}
