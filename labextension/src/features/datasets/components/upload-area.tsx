import { useRef, useState } from 'react';
import { Icon, Notice } from '../../../elements';
import { ENDINGS } from '../entries';
import { chosenFiles, droppedFiles, type Dropped } from '../sending/dropped-files';
import { zipOfFiles } from '../sending/zip-of-files';

interface UploadAreaProps {
  /** Takes a file that can be sent. */
  onFile: (file: Blob, fileName: string) => void;
  onBuild: () => void;
}

/** Takes files and folders, by button or drop. What cannot be a data set is said at once, with the way out. */
export function UploadArea({ onFile, onBuild }: UploadAreaProps): JSX.Element {
  const [packing, setPacking] = useState('');
  const [reason, setReason] = useState<unknown>();
  const [isOver, setIsOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement | null>(null);

  const take = async ({ files: found, folders }: Dropped): Promise<void> => {
    setReason(undefined);
    if (folders.length > 0) {
      const name = folders.length === 1 ? (folders[0] ?? 'folder') : 'pictures';
      setPacking(`Packing ${name}`);
      const zip = await zipOfFiles(found, done => {
        setPacking(`Packing ${name}: ${done} of ${found.length} files`);
      });
      onFile(zip, `${name}.zip`);
      return;
    }
    for (const { path, file } of found) {
      if (ENDINGS.some(ending => path.toLowerCase().endsWith(ending))) {
        onFile(file, path);
      } else {
        setReason({
          message: `'${path}' ends in none of ${ENDINGS.join(', ')}.`,
          hint: 'Drop a folder with one folder of pictures for each class, or sort single pictures below.'
        });
      }
    }
  };
  const taking = (dropped: Promise<Dropped>): void => {
    dropped
      .then(take)
      .catch(setReason)
      .finally(() => {
        setPacking('');
      });
  };
  const chosen = (event: React.ChangeEvent<HTMLInputElement>): void => {
    const list = [...(event.target.files ?? [])];
    // Emptied, so that the same file can be chosen again after it was mended.
    event.target.value = '';
    taking(Promise.resolve(chosenFiles(list)));
  };

  return (
    <div
      className={isOver ? 'plab-upload plab-upload-over' : 'plab-upload'}
      onDragOver={event => {
        event.preventDefault();
        event.stopPropagation();
        setIsOver(true);
      }}
      onDragLeave={() => {
        setIsOver(false);
      }}
      onDrop={event => {
        event.preventDefault();
        event.stopPropagation();
        setIsOver(false);
        taking(droppedFiles(event.dataTransfer));
      }}
    >
      {packing ? (
        <p role="status">{packing}</p>
      ) : (
        <>
          <p>
            <strong>Add your own</strong>
            <br />
            <span className="plab-faint">Drop a folder or a file here: one folder of pictures for each class.</span>
          </p>
          <div className="plab-upload-buttons">
            <button type="button" className="plab-button" onClick={() => folder.current?.click()}>
              <Icon name="folder" />
              Folder
            </button>
            <button type="button" className="plab-button" onClick={() => files.current?.click()}>
              <Icon name="upload" />
              File
            </button>
          </div>
          <button type="button" className="plab-text-button" onClick={onBuild}>
            Sort single pictures into classes
          </button>
        </>
      )}
      <input
        ref={files}
        type="file"
        multiple
        accept={ENDINGS.join(',')}
        hidden
        aria-label="Files of data sets"
        onChange={chosen}
      />
      <input
        ref={input => {
          // React does not know this attribute.
          input?.setAttribute('webkitdirectory', '');
          folder.current = input;
        }}
        type="file"
        hidden
        aria-label="Folder of a data set"
        onChange={chosen}
      />
      {reason !== undefined && <Notice reason={reason} />}
    </div>
  );
}
