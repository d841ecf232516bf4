import type { Job } from '../../../api';
import { StateChip } from '../../training/components/state-chip';

/** The jobs that have not ended: those that run first, then the queue in its order. */
export function JobList({ jobs }: { jobs: Job[] }): JSX.Element {
  if (jobs.length === 0) {
    return <p className="plab-faint">No job runs, and none waits.</p>;
  }
  const inOrder = [...jobs].sort((a, b) => (a.waiting?.place ?? 0) - (b.waiting?.place ?? 0));
  return (
    <ol className="plab-cluster-jobs" aria-label="Jobs">
      {inOrder.map(job => (
        <li key={job.id}>
          <StateChip state={job.state} />
          <strong>{job.name || job.kind}</strong>
          <span className="plab-faint">{job.owner}</span>
          <span>{detail(job)}</span>
        </li>
      ))}
    </ol>
  );
}

function detail({ waiting, progress, state }: Job): string {
  if (waiting) {
    return `Place ${waiting.place}. ${waiting.reason}`;
  }
  if (state === 'running' && progress) {
    const share = progress.total ? ` ${Math.round((100 * progress.done) / progress.total)} %` : '';
    return `${progress.stage}${share}`;
  }
  return '';
}
