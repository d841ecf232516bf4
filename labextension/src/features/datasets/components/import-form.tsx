import { useState, type ReactNode } from 'react';
import type { ApiErrorData, ImportChoices, Preview, TableChoices } from '../../../api';
import { CopyButton, Notice, count } from '../../../elements';
import { idFromName, sizeWords, stemOfFile, taskWords, total } from '../entries';
import { uploadCode } from '../upload-code';
import { ClassBalance } from './class-balance';
import { ExampleStrip } from './example-strip';
import { LicenceField } from './licence-field';
import { SplitChoice, type Split } from './split-choice';
import { TableForm } from './table-form';
import { VisibilityField } from './visibility-field';

interface ImportFormProps {
  preview: Preview;
  fileName: string;
  taken: readonly string[];
  /** Why an import before this one failed. */
  refusal: ApiErrorData | null;
  isChecking: boolean;
  /** Looks into the file again, with other choices for a table's columns. */
  onTable: (table: TableChoices) => void;
  onImport: (dataset: string, choices: ImportChoices) => Promise<void>;
  children: ReactNode;
}

/** What was found in a file, and what a person decides before it is a data set. */
export function ImportForm(props: ImportFormProps): JSX.Element {
  const { preview, fileName, taken, refusal, isChecking, onTable, onImport, children } = props;
  const [name, setName] = useState(stemOfFile(fileName));
  const [ownId, setOwnId] = useState<string>();
  const [licence, setLicence] = useState(preview.licence);
  const [visibility, setVisibility] = useState<'private' | 'public'>('private');
  const [split, setSplit] = useState<Split>(null);
  const [reason, setReason] = useState<unknown>();
  const [table, setTable] = useState<TableChoices>();
  const [isBusy, setIsBusy] = useState(false);
  const id = ownId ?? idFromName(name, taken);
  const choices: ImportChoices = {
    name: name.trim(),
    ...(licence.trim() ? { licence: licence.trim() } : {}),
    ...(visibility === 'public' ? { visibility } : {}),
    ...(split ? { split } : {}),
    ...(table ? { table } : {})
  };
  const isTable = preview.channels === 0;
  return (
    <form
      className="plab-import"
      onSubmit={event => {
        event.preventDefault();
        setIsBusy(true);
        setReason(undefined);
        onImport(id, choices)
          .catch(setReason)
          .finally(() => {
            setIsBusy(false);
          });
      }}
    >
      <section aria-label="What was found">
        <h3>What was found</h3>
        <p>
          {count(total(preview))} {isTable ? 'rows' : `images of ${sizeWords(preview)}`}, to {taskWords(preview)}.
        </p>
        <p className="plab-faint">It was read as {preview.format}.</p>
        {preview.notes.map(note => (
          <p key={note} className="plab-faint">
            {note}
          </p>
        ))}
      </section>
      {preview.table && (
        <TableForm
          table={preview.table}
          isBusy={isChecking}
          onChoose={choices => {
            setTable(choices);
            onTable(choices);
          }}
        />
      )}
      <ClassBalance manifest={preview} />
      <ExampleStrip examples={preview.examples} />
      <section className="plab-fields" aria-label="About the data set">
        <label className="plab-field">
          <span>Name</span>
          <input
            required
            maxLength={200}
            value={name}
            onChange={event => {
              setName(event.target.value);
            }}
          />
        </label>
        <label className="plab-field">
          <span>Id, for code</span>
          <input
            required
            pattern="[a-z0-9][a-z0-9_.\-]{0,63}"
            title="Lower-case letters, digits, '-', '_' and '.', beginning with a letter or a digit."
            value={id}
            onChange={event => {
              setOwnId(event.target.value);
            }}
          />
        </label>
        <LicenceField value={licence} onChange={setLicence} />
        <VisibilityField
          value={visibility}
          onChange={value => {
            setVisibility(value === 'public' ? 'public' : 'private');
          }}
        />
      </section>
      <SplitChoice preview={preview} value={split} onChange={setSplit} />
      {(reason !== undefined || refusal) && <Notice reason={reason ?? refusal} />}
      <p className="plab-actions">
        <button
          type="submit"
          className="plab-button plab-button-primary"
          disabled={isBusy || isChecking || !name.trim()}
        >
          Import
        </button>
        {children}
        <CopyButton text={uploadCode(fileName, id, choices)} label="Copy as code" icon="code" />
      </p>
    </form>
  );
}
