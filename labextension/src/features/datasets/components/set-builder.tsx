import { useState } from 'react';
import { Icon, Notice } from '../../../elements';
import { idFromName } from '../entries';
import { FEWEST, missingOf, type DraftClass } from '../draft-set';
import { zipOfFiles, type NamedFile } from '../sending/zip-of-files';
import { ClassBox } from './class-box';

interface SetBuilderProps {
  taken: readonly string[];
  onFile: (file: Blob, fileName: string) => void;
  onCancel: () => void;
}

const EMPTY: DraftClass[] = [
  { key: 1, name: '', files: [] },
  { key: 2, name: '', files: [] }
];

/** A data set from nothing: the classes are named, and the pictures of each dropped on it. */
export function SetBuilder({ taken, onFile, onCancel }: SetBuilderProps): JSX.Element {
  const [name, setName] = useState('My pictures');
  const [classes, setClasses] = useState(EMPTY);
  const [packing, setPacking] = useState('');
  const [reason, setReason] = useState<unknown>();
  const change = (key: number, changes: Partial<DraftClass>): void => {
    setClasses(before => before.map(one => (one.key === key ? { ...one, ...changes } : one)));
  };
  const add = (key: number, files: File[]): void => {
    setClasses(before => before.map(one => (one.key === key ? { ...one, files: [...one.files, ...files] } : one)));
  };
  const missing = missingOf(name, classes);

  const pack = async (): Promise<void> => {
    const files: NamedFile[] = classes.flatMap(one =>
      // The number keeps two pictures of one name apart.
      one.files.map((file, place) => ({ path: `${one.name.trim()}/${String(place + 1)}-${file.name}`, file }))
    );
    const zip = await zipOfFiles(files, done => {
      setPacking(`Packing ${String(done)} of ${String(files.length)} pictures`);
    });
    onFile(zip, `${idFromName(name, taken)}.zip`);
  };
  return (
    <form
      className="plab-dataset"
      aria-label="A data set of single pictures"
      onSubmit={event => {
        event.preventDefault();
        setReason(undefined);
        pack()
          .catch(setReason)
          .finally(() => {
            setPacking('');
          });
      }}
    >
      <header className="plab-dataset-head">
        <h2>A data set of your own pictures</h2>
      </header>
      <p>
        A <em>class</em> is what the network shall tell apart, such as normal and tumor. Name the classes, and put at
        least {FEWEST} pictures into each; some dozens are better. All pictures must have one size.
      </p>
      <label className="plab-field plab-field-wide">
        <span>Name of the data set</span>
        <input
          required
          maxLength={200}
          value={name}
          onChange={event => {
            setName(event.target.value);
          }}
        />
      </label>
      <div className="plab-class-boxes">
        {classes.map((one, place) => (
          <ClassBox
            key={one.key}
            number={place + 1}
            draft={one}
            onName={text => {
              change(one.key, { name: text });
            }}
            onFiles={files => {
              add(one.key, files);
            }}
            onEmpty={() => {
              change(one.key, { files: [] });
            }}
            onRemove={
              classes.length > 2
                ? () => {
                    setClasses(classes.filter(other => other.key !== one.key));
                  }
                : undefined
            }
          />
        ))}
        <button
          type="button"
          className="plab-button plab-add-class"
          onClick={() => {
            setClasses([...classes, { key: Math.max(...classes.map(one => one.key)) + 1, name: '', files: [] }]);
          }}
        >
          <Icon name="plus" />
          Another class
        </button>
      </div>
      {reason !== undefined && <Notice reason={reason} />}
      <p className="plab-actions">
        <button type="submit" className="plab-button plab-button-primary" disabled={missing !== '' || packing !== ''}>
          Continue
        </button>
        <button type="button" className="plab-button" onClick={onCancel}>
          Cancel
        </button>
        <span className="plab-faint" role="status">
          {packing || missing}
        </span>
      </p>
    </form>
  );
}
