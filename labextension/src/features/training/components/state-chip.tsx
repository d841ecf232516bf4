import type { JobState } from '../../../api';
import { Icon } from '../../../elements';
import { STATES } from '../job-words';

/** The state of a job: a sign, a word and a color, which say the same. */
export function StateChip({ state }: { state: JobState }): JSX.Element {
  const { word, icon, tone } = STATES[state];
  return (
    <span className={`plab-state plab-state-${tone}`} role="status" aria-label={`State: ${word}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}
