import type { ApiEvent, EventsApi, Job } from '../../api';
import { percent } from '../../elements';
import { isLive, trainingResult } from './job-words';

/** That a job has ended, as one sentence. */
export interface Ending {
  tone: 'success' | 'warning' | 'error';
  message: string;
}

/** Calls `tell` for each training that ends from now on, and returns what ends that. Whoever cancelled one knows it. */
export function tellEndings(events: EventsApi, tell: (ending: Ending) => void): () => void {
  const live = new Set<string>();
  return events.subscribe(
    ({ topic, data }: ApiEvent) => {
      const job = data as Partial<Job>;
      if (topic !== 'jobs' || job.kind !== 'training' || !job.id || !job.state) {
        return;
      }
      if (isLive(job as Job)) {
        live.add(job.id);
      } else if (live.delete(job.id)) {
        const ending = endingOf(job as Job);
        if (ending) {
          tell(ending);
        }
      }
    },
    ['jobs']
  );
}

function endingOf(job: Job): Ending | undefined {
  if (job.state === 'done') {
    const result = trainingResult(job);
    const accuracy = result?.test_metrics['test_accuracy'];
    const of = result?.confusion?.counts === 'pixels' ? 'of the test pixels' : 'of the test images';
    const how = accuracy === undefined ? '' : `: ${percent(accuracy)} ${of} right`;
    return { tone: 'success', message: `${job.name} is trained${how}.` };
  }
  if (job.state === 'failed') {
    return { tone: 'error', message: `The training of ${job.name} failed. ${job.error?.message ?? ''}`.trim() };
  }
  if (job.state === 'lost') {
    return { tone: 'warning', message: `Nobody saw the training of ${job.name} end. Look at it, and train it again.` };
  }
  return undefined;
}
