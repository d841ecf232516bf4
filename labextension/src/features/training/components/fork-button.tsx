import { useState } from 'react';
import type { Job, JobsApi } from '../../../api';
import { askHost } from '../../../editor/host-events';
import { Icon, Notice, saveFile } from '../../../elements';
import { writeDocument } from '../../../graph';

/** Opens a new drawing that begins as the one of a run; where no host opens drawings, it is saved as a file. */
export function ForkButton({ jobs, job }: { jobs: JobsApi; job: Job }): JSX.Element {
  const [isForking, setIsForking] = useState(false);
  const [reason, setReason] = useState<unknown>();
  const fork = (button: HTMLElement): void => {
    setIsForking(true);
    setReason(undefined);
    jobs
      .fork(job.id, `${job.name || 'Network'}, fork`.slice(0, 200))
      .then(document => {
        if (!askHost(button, 'patholearn:open-drawing', { document })) {
          saveFile(
            new Blob([writeDocument(document)], { type: 'application/json' }),
            `${document.meta.name}.arch.json`
          );
        }
      }, setReason)
      .finally(() => {
        setIsForking(false);
      });
  };
  return (
    <>
      <button
        type="button"
        className="plab-button"
        disabled={isForking}
        title="A new drawing that begins as the one that this run was started with, in a file of its own"
        onClick={event => {
          fork(event.currentTarget);
        }}
      >
        <Icon name="copy" />
        Fork the drawing
      </button>
      {reason !== undefined && <Notice reason={reason} />}
    </>
  );
}
