import { useEffect } from 'react';
import type { EventsApi, UploadsApi } from '../../../api';
import { ConfirmButton, Notice } from '../../../elements';
import { useUploadState } from '../use-upload-state';
import { ImportForm } from './import-form';
import { RefusedFiles } from './refused-files';
import { WorkProgress } from './work-progress';

interface ImportWizardProps {
  api: { uploads: UploadsApi; events: EventsApi };
  id: string;
  fileName: string;
  /** Ids that data sets have already. */
  taken: readonly string[];
  onImported: (dataset: string) => void;
  onGiveUp: () => void;
}

/** From a file that has arrived to a data set: it is looked into, shown, named, and imported. */
export function ImportWizard({ api, id, fileName, taken, onImported, onGiveUp }: ImportWizardProps): JSX.Element {
  const { uploads, events } = api;
  const { value, reason, reload } = useUploadState(uploads, events, id);
  const phase = value?.state;
  useEffect(() => {
    if (phase === 'arrived') {
      uploads.check(id).finally(reload).catch(console.error);
    }
    if (phase === 'imported' && value?.dataset) {
      onImported(value.dataset);
    }
  }, [phase, id]);

  const giveUp = (
    <ConfirmButton
      label="Give up"
      icon="trash"
      question={`Forget ${fileName}?`}
      yes="Forget it"
      no="Keep it"
      onConfirm={onGiveUp}
    />
  );
  return (
    <article className="plab-dataset" aria-label={fileName}>
      <header className="plab-dataset-head">
        <h2>{fileName}</h2>
        <span className="plab-badge plab-badge-quiet">not imported yet</span>
      </header>
      {reason !== undefined && <Notice reason={reason} />}
      {(phase === 'checking' || phase === 'importing' || phase === 'arrived') && (
        <>
          <WorkProgress
            what={phase === 'importing' ? 'Importing' : 'Looking into the file'}
            progress={value?.progress}
          />
          <p className="plab-actions">
            <button type="button" className="plab-button" onClick={() => void uploads.stop(id).finally(reload)}>
              Stop
            </button>
          </p>
        </>
      )}
      {phase === 'refused' && value?.error && !value.preview && (
        <>
          <RefusedFiles error={value.error} />
          <p className="plab-actions">{giveUp}</p>
        </>
      )}
      {(phase === 'checked' || phase === 'refused' || phase === 'checking') && value?.preview && (
        <ImportForm
          preview={value.preview}
          fileName={fileName}
          taken={taken}
          refusal={value.error}
          isChecking={phase === 'checking'}
          onTable={table => {
            uploads.check(id, table).finally(reload).catch(console.error);
          }}
          onImport={async (dataset, choices) => {
            await uploads.importAs(id, dataset, choices);
            reload();
          }}
        >
          {giveUp}
        </ImportForm>
      )}
    </article>
  );
}
