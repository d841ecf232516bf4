import { useState, type ReactNode } from 'react';
import type { DatasetChange, DatasetsApi, Manifest } from '../../../api';
import { CopyButton, Notice } from '../../../elements';
import { changeCode } from './change-code';

interface WriteVersionProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  /** What is written; empty where nothing would change. More than one change is a version each. */
  changes: DatasetChange[];
  /** What a reader is told beside the button: what will change, or what is missing. */
  children?: ReactNode;
  onWritten: () => void;
}

/** The end of every way to change a set: a new version, and the same as code. The version before stays as it is. */
export function WriteVersion({ datasets, manifest, changes, children, onWritten }: WriteVersionProps): JSX.Element {
  const [reason, setReason] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const write = async (): Promise<void> => {
    for (const change of changes) {
      await datasets.change(manifest.id, change);
    }
  };
  return (
    <div className="plab-write-version">
      {reason !== undefined && <Notice reason={reason} />}
      <p className="plab-actions">
        <button
          type="button"
          className="plab-button plab-button-primary"
          disabled={isBusy || changes.length === 0}
          onClick={() => {
            setIsBusy(true);
            setReason(undefined);
            write()
              .then(onWritten, setReason)
              .finally(() => {
                setIsBusy(false);
              });
          }}
        >
          {isBusy ? 'Writing …' : 'Write a new version'}
        </button>
        {changes.length > 0 && <CopyButton text={changeCode(manifest.id, changes)} label="Copy as code" icon="code" />}
        <span className="plab-faint" role="status">
          {children}
        </span>
      </p>
    </div>
  );
}
