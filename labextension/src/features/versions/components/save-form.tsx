import { useState } from 'react';
import { Icon, Notice } from '../../../elements';

interface SaveFormProps {
  onSave: (name: string, note: string) => Promise<void>;
}

/** Keeps the drawing as it is now: a name, and why where that is worth a word. */
export function SaveForm({ onSave }: SaveFormProps): JSX.Element {
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const [isSaving, setIsSaving] = useState(false);
  const [reason, setReason] = useState<unknown>();
  const save = (): void => {
    setIsSaving(true);
    setReason(undefined);
    onSave(name, note)
      .then(() => {
        setName('');
        setNote('');
      }, setReason)
      .finally(() => {
        setIsSaving(false);
      });
  };
  return (
    <form
      className="plab-history-save"
      aria-label="Save a version"
      onSubmit={event => {
        event.preventDefault();
        save();
      }}
    >
      <label>
        <span>Name of this version</span>
        <input
          className="plab-input"
          type="text"
          maxLength={80}
          placeholder="before dropout"
          value={name}
          onChange={event => {
            setName(event.target.value);
          }}
        />
      </label>
      {name.trim() !== '' && (
        <label>
          <span>Note (may stay empty)</span>
          <textarea
            className="plab-input"
            rows={2}
            maxLength={2000}
            value={note}
            onChange={event => {
              setNote(event.target.value);
            }}
          />
        </label>
      )}
      <button type="submit" className="plab-button plab-button-primary" disabled={isSaving || name.trim() === ''}>
        <Icon name="plus" />
        Save version
      </button>
      {reason !== undefined && <Notice reason={reason} />}
    </form>
  );
}
