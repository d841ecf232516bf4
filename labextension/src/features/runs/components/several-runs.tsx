import { useState } from 'react';
import type { Job, JobsApi } from '../../../api';
import { ConfirmButton, CopyButton, Notice } from '../../../elements';
import { isLive } from '../../training/job-words';

interface SeveralRunsProps {
  api: JobsApi;
  chosen: readonly string[];
  jobs: readonly Job[];
  onChoose: (ids: readonly string[]) => void;
}

/** What can be done with several runs at once. */
export function SeveralRuns({ api, chosen, jobs, onChoose }: SeveralRunsProps): JSX.Element {
  const [reason, setReason] = useState<unknown>();
  const ended = jobs.filter(job => chosen.includes(job.id) && !isLive(job)).map(job => job.id);
  const remove = async (): Promise<void> => {
    setReason(undefined);
    let left = chosen;
    try {
      for (const id of ended) {
        await api.delete(id);
        left = left.filter(one => one !== id);
      }
    } catch (problem) {
      setReason(problem);
    }
    onChoose(left);
  };
  const these = `${ended.length} ended ${ended.length === 1 ? 'run' : 'runs'}`;
  return (
    <header className="plab-run-head">
      <h2>{chosen.length} runs</h2>
      <span className="plab-spacer" />
      <CopyButton text={`lab.compare(${chosen.map(id => `"${id}"`).join(', ')})`} label="Copy as code" icon="code" />
      {ended.length > 0 && (
        <ConfirmButton
          label="Delete"
          icon="trash"
          question={`Delete ${these} with curves, logs and checkpoints? Published models stay.`}
          yes={`Delete ${these}`}
          no="Keep them"
          onConfirm={() => {
            void remove();
          }}
        />
      )}
      {reason !== undefined && <Notice reason={reason} />}
    </header>
  );
}
