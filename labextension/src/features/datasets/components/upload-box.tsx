import { useRef, useState } from 'react';
import type { DatasetsApi, Manifest } from '../../../api';
import { Icon, Notice } from '../../../elements';
import { ENDINGS, idFromFile, stemOfFile } from '../entries';

interface UploadBoxProps {
  datasets: DatasetsApi;
  onUploaded: (manifest: Manifest) => void;
}

/** Takes a file by button or drop. What is refused is said with the file and the way out. */
export function UploadBox({ datasets, onUploaded }: UploadBoxProps): JSX.Element {
  const [share, setShare] = useState<number>();
  const [name, setName] = useState('');
  const [reason, setReason] = useState<unknown>();
  const [isOver, setIsOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const upload = (file: File): void => {
    if (!ENDINGS.some(ending => file.name.toLowerCase().endsWith(ending))) {
      setReason({
        message: `'${file.name}' ends in none of ${ENDINGS.join(', ')}.`,
        hint: 'Put one folder for each class, with its images, into a zip and upload that.'
      });
      return;
    }
    setName(file.name);
    setReason(undefined);
    setShare(0);
    datasets
      .upload(file, idFromFile(file.name), stemOfFile(file.name), setShare)
      .then(onUploaded, setReason)
      .finally(() => {
        setShare(undefined);
      });
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
        const [file] = event.dataTransfer.files;
        if (file && share === undefined) {
          upload(file);
        }
      }}
    >
      {share === undefined ? (
        <>
          <button
            type="button"
            className="plab-button"
            onClick={() => {
              input.current?.click();
            }}
          >
            <Icon name="upload" />
            Upload a file
          </button>
          <p className="plab-faint">
            or drop it here: a zip or tar with one folder for each class and its images (a metadata.csv beside them may
            hold numbers about each), or with the folders images and masks; or a .npz.
          </p>
        </>
      ) : (
        <div role="status">
          <p>{share < 1 ? `Sending ${name}: ${Math.round(100 * share)} %` : `Reading the images of ${name}`}</p>
          <div className="plab-progress">
            <span
              className={share < 1 ? 'plab-progress-fill' : 'plab-progress-fill plab-progress-unknown'}
              style={share < 1 ? { width: `${100 * share}%` } : undefined}
            />
          </div>
        </div>
      )}
      <input
        ref={input}
        type="file"
        accept={ENDINGS.join(',')}
        hidden
        aria-label="File of a data set"
        onChange={event => {
          const file = event.target.files?.[0];
          // Emptied, so that the same file can be chosen again after it was mended.
          event.target.value = '';
          if (file) {
            upload(file);
          }
        }}
      />
      {reason !== undefined && <Notice reason={reason} />}
    </div>
  );
}
