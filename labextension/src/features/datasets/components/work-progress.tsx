import type { JobProgress } from '../../../api';
import { duration } from '../../../elements';

interface WorkProgressProps {
  /** What is being done. */
  what: string;
  progress: JobProgress | null | undefined;
}

/** How far work is, and how long it still takes. */
export function WorkProgress({ what, progress }: WorkProgressProps): JSX.Element {
  const share = progress?.total ? progress.done / progress.total : null;
  return (
    <div className="plab-prepare" role="status">
      <p>
        {what}
        {progress?.stage && progress.stage !== 'Waiting' ? `: ${progress.stage.toLowerCase()}` : ''}
        {progress?.eta_s ? <span className="plab-faint"> · {duration(progress.eta_s)} left</span> : ''}
      </p>
      <div className="plab-progress">
        <span
          className={share === null ? 'plab-progress-fill plab-progress-unknown' : 'plab-progress-fill'}
          style={share === null ? undefined : { width: `${100 * share}%` }}
        />
      </div>
    </div>
  );
}
