import { useState } from 'react';
import type { DatasetsApi, Manifest } from '../../../api';
import { Notice } from '../../../elements';
import { LicenceField } from './licence-field';
import { VisibilityField } from './visibility-field';

interface CardEditorProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  onDone: () => void;
}

/** Another name, licence, description, or who may see it. The id and all versions stay. */
export function CardEditor({ datasets, manifest, onDone }: CardEditorProps): JSX.Element {
  const [name, setName] = useState(manifest.name);
  const [licence, setLicence] = useState(manifest.licence);
  const [description, setDescription] = useState(manifest.description);
  const [visibility, setVisibility] = useState(manifest.visibility);
  const [reason, setReason] = useState<unknown>();
  return (
    <form
      className="plab-import plab-card-editor"
      aria-label="Edit the card"
      onSubmit={event => {
        event.preventDefault();
        datasets.edit(manifest.id, { name: name.trim(), licence, description, visibility }).then(onDone, setReason);
      }}
    >
      <div className="plab-fields">
        <label className="plab-field">
          <span>Name</span>
          <input
            required
            autoFocus
            maxLength={200}
            value={name}
            onChange={event => {
              setName(event.target.value);
            }}
          />
        </label>
        <LicenceField value={licence} onChange={setLicence} />
        <VisibilityField value={visibility} onChange={setVisibility} />
      </div>
      <label className="plab-field">
        <span>Description</span>
        <textarea
          rows={3}
          maxLength={2000}
          value={description}
          onChange={event => {
            setDescription(event.target.value);
          }}
        />
      </label>
      {reason !== undefined && <Notice reason={reason} />}
      <p className="plab-actions">
        <button type="submit" className="plab-button plab-button-primary" disabled={!name.trim()}>
          Save
        </button>
        <button type="button" className="plab-button" onClick={onDone}>
          Cancel
        </button>
      </p>
    </form>
  );
}
