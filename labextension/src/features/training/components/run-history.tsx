import type { Job } from '../../../api';
import { Icon } from '../../../elements';
import { STATES } from '../job-words';

/** Every state that the job was in, with the time and the reason. */
export function RunHistory({ job }: { job: Job }): JSX.Element | null {
  if (job.transitions.length === 0) {
    return null;
  }
  return (
    <details className="plab-states">
      <summary>States</summary>
      <ol aria-label="States of the job">
        {job.transitions.map(({ state, at, reason }) => (
          <li key={`${at} ${state}`} className={`plab-states-${STATES[state].tone}`}>
            <Icon name={STATES[state].icon} />
            <strong>{STATES[state].word}</strong>
            <time dateTime={at}>
              {new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}
            </time>
            <span>{reason}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
