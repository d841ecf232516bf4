import { useRef, useState } from 'react';
import type { UploadState } from '../../../api';
import { ConfirmButton, Icon } from '../../../elements';
import { megabytes } from '../entries';

interface InterruptedCardProps {
  state: UploadState;
  /** The file of which a part is on the server, chosen again. */
  onFile: (file: File) => void;
  onGiveUp: () => void;
}

/** A file that was on its way when the page was closed: a browser may not read it again by itself. */
export function InterruptedCard({ state: { upload }, onFile, onGiveUp }: InterruptedCardProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [other, setOther] = useState('');
  const here = upload.checksums.filter(checksum => checksum !== null).length;
  const bytes = Math.min(upload.size, here * upload.part_bytes);
  return (
    <article className="plab-dataset" aria-label={upload.file_name}>
      <header className="plab-dataset-head">
        <h2>{upload.file_name}</h2>
        <span className="plab-badge plab-badge-quiet">interrupted</span>
      </header>
      <div className="plab-prepare">
        <div className="plab-progress">
          <span className="plab-progress-fill" style={{ width: `${(100 * bytes) / upload.size}%` }} />
        </div>
        <p>
          {megabytes(bytes)} of {megabytes(upload.size)} are on the server, since {upload.created_at.slice(0, 10)}.
        </p>
      </div>
      <p>Choose the same file again (drop a folder again): only what is missing is sent.</p>
      {other && (
        <p role="alert" className="plab-faint">
          {other}
        </p>
      )}
      <p className="plab-actions">
        <button type="button" className="plab-button plab-button-primary" onClick={() => input.current?.click()}>
          <Icon name="upload" />
          Choose the file
        </button>
        <ConfirmButton
          label="Give up"
          icon="trash"
          question="Delete what has arrived?"
          yes="Delete it"
          no="Keep it"
          onConfirm={onGiveUp}
        />
      </p>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={`The file ${upload.file_name} again`}
        onChange={event => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file && (file.name !== upload.file_name || file.size !== upload.size)) {
            setOther(`'${file.name}' has ${megabytes(file.size)}: it is another file, and was not sent.`);
          } else if (file) {
            onFile(file);
          }
        }}
      />
    </article>
  );
}
