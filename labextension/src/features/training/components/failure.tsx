import type { Job } from '../../../api';
import { Icon } from '../../../elements';
import { inWords } from '../fields';

interface FailureProps {
  job: Job;
  /** Fills the form of a next training with settings that mend it. */
  onTry: (changes: Record<string, unknown>) => void;
}

/** Why a job did not end well: the sentence first, what to do next, and the traceback only for who wants it. */
export function Failure({ job, onTry }: FailureProps): JSX.Element | null {
  if (job.state === 'cancelled') {
    return <p className="plab-faint">This training was cancelled. Its curves up to there are kept.</p>;
  }
  const { error } = job;
  if (!error) {
    return job.state === 'lost' ? (
      <p className="plab-faint">
        Nobody saw this training end: the machine may have been switched off. Train it again.
      </p>
    ) : null;
  }
  const line = error.details['line'];
  const changes = error.details['changes'];
  const tail = error.details['traceback_tail'];
  const traceback = Array.isArray(tail) && tail.length > 0 ? tail.join('\n') : error.traceback;
  return (
    <div className="plab-notice" role="alert">
      <Icon name="warning" />
      <div className="plab-failure">
        <p className="plab-notice-message">{error.message}</p>
        {typeof line === 'number' && (
          <p>
            Look at <strong>line {line}</strong> of the cell.
          </p>
        )}
        {error.hint && <p className="plab-notice-hint">{error.hint}</p>}
        {isSettings(changes) && (
          <p>
            <button
              type="button"
              className="plab-button"
              title="Fill the form of a next training with this"
              onClick={() => {
                onTry(changes);
              }}
            >
              Try {inWords(changes)}
            </button>
          </p>
        )}
        {traceback && (
          <details>
            <summary>What Python says</summary>
            <pre>{traceback}</pre>
          </details>
        )}
      </div>
    </div>
  );
}

function isSettings(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
