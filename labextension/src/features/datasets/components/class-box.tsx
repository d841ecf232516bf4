import { useEffect, useMemo, useRef, useState } from 'react';
import { Icon, count } from '../../../elements';
import { isPicture, type DraftClass } from '../draft-set';
import { droppedFiles } from '../sending/dropped-files';

interface ClassBoxProps {
  number: number;
  draft: DraftClass;
  onName: (name: string) => void;
  onFiles: (files: File[]) => void;
  onEmpty: () => void;
  onRemove: (() => void) | undefined;
}

const SHOWN = 8;

/** One class of a new data set: its name, and a place to drop its pictures on. */
export function ClassBox({ number, draft, onName, onFiles, onEmpty, onRemove }: ClassBoxProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const [others, setOthers] = useState(0);
  const shown = useMemo(() => draft.files.slice(0, SHOWN).map(file => URL.createObjectURL(file)), [draft.files]);
  useEffect(
    () => () => {
      shown.forEach(address => {
        URL.revokeObjectURL(address);
      });
    },
    [shown]
  );
  const take = (files: File[]): void => {
    const pictures = files.filter(isPicture);
    setOthers(files.length - pictures.length);
    onFiles(pictures);
  };
  const label = draft.name.trim() || `class ${String(number)}`;
  return (
    <section
      className={isOver ? 'plab-class-box plab-upload-over' : 'plab-class-box'}
      aria-label={label}
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
        void droppedFiles(event.dataTransfer).then(({ files }) => {
          take(files.map(({ file }) => file as File));
        });
      }}
    >
      <label className="plab-field">
        <span>Class {number}</span>
        <input
          maxLength={100}
          placeholder={number === 1 ? 'such as normal' : number === 2 ? 'such as tumor' : 'its name'}
          value={draft.name}
          onChange={event => {
            onName(event.target.value);
          }}
        />
      </label>
      {shown.length > 0 && (
        <div className="plab-class-pictures" aria-hidden="true">
          {shown.map(address => (
            <img key={address} src={address} alt="" />
          ))}
        </div>
      )}
      <p className="plab-faint">
        {draft.files.length > 0 ? `${count(draft.files.length)} pictures` : 'Drop its pictures here.'}
        {others > 0 && ` ${count(others)} other files were left out.`}
      </p>
      <p className="plab-actions">
        <button type="button" className="plab-button" onClick={() => input.current?.click()}>
          <Icon name="image" />
          Choose pictures
        </button>
        {draft.files.length > 0 && (
          <button type="button" className="plab-button plab-button-quiet" onClick={onEmpty}>
            Empty
          </button>
        )}
        {onRemove && (
          <button type="button" className="plab-button plab-button-quiet" onClick={onRemove}>
            Remove
          </button>
        )}
      </p>
      <input
        ref={input}
        type="file"
        multiple
        accept="image/*,.tif,.tiff"
        hidden
        aria-label={`Pictures of ${label}`}
        onChange={event => {
          const files = [...(event.target.files ?? [])];
          event.target.value = '';
          take(files);
        }}
      />
    </section>
  );
}
