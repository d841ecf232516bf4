import type { ApiEvent, EventsApi, Job } from '../../api';
import { percent } from '../../elements';
import { isLive, trainingResult } from './job-words';

/** That a job has ended, as one sentence, and which it was. */
export interface Ending {
  tone: 'success' | 'warning' | 'error';
  message: string;
  run: string;
}

/** Kinds that whoever started them waits for. */
const WAITED_FOR = ['estimate', 'import', 'download'];

/** Calls `tell` for each job that ends from now on, and returns what ends that. Whoever cancelled one knows it. */
export function tellEndings(events: EventsApi, tell: (ending: Ending) => void): () => void {
  const live = new Set<string>();
  return events.subscribe(
    ({ topic, data }: ApiEvent) => {
      const job = data as Partial<Job>;
      if (topic !== 'jobs' || !job.id || !job.state || !isTold(job as Job)) {
        return;
      }
      if (isLive(job as Job)) {
        live.add(job.id);
      } else if (live.delete(job.id)) {
        const ending = endingOf(job as Job);
        if (ending) {
          tell({ ...ending, run: job.id });
        }
      }
    },
    ['jobs']
  );
}

/** The trials of a search are told of by the search. */
function isTold(job: Job): boolean {
  return !WAITED_FOR.includes(job.kind) && job.labels['trial'] === undefined;
}

function endingOf(job: Job): Omit<Ending, 'run'> | undefined {
  const isTraining = job.kind === 'training';
  const it = isTraining ? `The training of ${job.name}` : `The ${job.kind} ${job.name ? `“${job.name}”` : 'job'}`;
  if (job.state === 'done') {
    return { tone: 'success', message: isTraining ? trained(job) : `${it} is done.` };
  }
  if (job.state === 'failed') {
    return { tone: 'error', message: `${it} failed. ${job.error?.message ?? ''}`.trim() };
  }
  if (job.state === 'lost') {
    return { tone: 'warning', message: `${it} was lost: nobody saw it end. Look at it, and start it again.` };
  }
  return undefined;
}

function trained(job: Job): string {
  const result = trainingResult(job);
  const accuracy = result?.test_metrics['test_accuracy'];
  const of = result?.confusion?.counts === 'pixels' ? 'of the test pixels' : 'of the test images';
  const how = accuracy === undefined ? '' : `: ${percent(accuracy)} ${of} right`;
  return `${job.name} is trained${how}.`;
}
