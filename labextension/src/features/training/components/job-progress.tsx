import type { Job } from '../../../api';
import { duration } from '../../../elements';

const WAITING: Partial<Record<Job['state'], string>> = {
  queued: 'Waiting for its turn',
  preparing: 'Preparing',
  running: 'Running',
  stopping: 'Stopping',
  paused: 'Paused: it goes on from its last finished epoch'
};

/** How far a job is, in its own words, and how long it will still take where that is known. */
export function JobProgress({ job }: { job: Job }): JSX.Element {
  const { progress } = job;
  const stage = (job.state === 'running' && progress?.stage) || waiting(job) || WAITING[job.state] || '';
  const share = progress?.total ? Math.min(1, progress.done / progress.total) : null;
  const left =
    progress?.eta_s === null || progress?.eta_s === undefined ? '' : `about ${duration(progress.eta_s)} left`;
  return (
    <div className="plab-job-progress">
      <div className="plab-job-progress-words">
        <span>{stage}</span>
        <span className="plab-faint">
          {[share === null ? '' : `${Math.round(100 * share)} %`, left].filter(Boolean).join(' · ')}
        </span>
      </div>
      <div
        className="plab-progress"
        role="progressbar"
        aria-label={stage}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === null ? undefined : Math.round(100 * share)}
      >
        <span
          className={
            share === null && job.state !== 'paused' ? 'plab-progress-fill plab-progress-unknown' : 'plab-progress-fill'
          }
          style={share === null ? undefined : { width: `${100 * share}%` }}
        />
      </div>
    </div>
  );
}

/** The place in the queue, and what is waited for. */
function waiting({ waiting: wait }: Job): string {
  return wait ? `Place ${wait.place} in the queue. ${wait.reason}` : '';
}
