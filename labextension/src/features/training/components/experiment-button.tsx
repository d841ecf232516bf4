import { useState } from 'react';
import type { JobsApi } from '../../../api';
import { Icon, Notice, saveFile } from '../../../elements';

/** Saves a run as a zip that trains on with torch and lightning alone. */
export function ExperimentButton({ jobs, jobId }: { jobs: JobsApi; jobId: string }): JSX.Element {
  const [isPacking, setIsPacking] = useState(false);
  const [reason, setReason] = useState<unknown>();
  const download = (): void => {
    setIsPacking(true);
    setReason(undefined);
    jobs
      .experiment(jobId)
      .then(zip => {
        saveFile(zip, `experiment-${jobId}.zip`);
      }, setReason)
      .finally(() => {
        setIsPacking(false);
      });
  };
  return (
    <div className="plab-experiment">
      <button
        type="button"
        className="plab-button"
        disabled={isPacking}
        title="train.py, the network, its weights, the versions and a Dockerfile. It runs with torch and lightning alone; the images are not in it."
        onClick={download}
      >
        <Icon name="download" />
        {isPacking ? 'Packing' : 'Download experiment'}
      </button>
      {reason !== undefined && <Notice reason={reason} />}
    </div>
  );
}
