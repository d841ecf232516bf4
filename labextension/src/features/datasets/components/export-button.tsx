import { useState } from 'react';
import type { DatasetsApi, ExportFormat, Manifest } from '../../../api';
import { Icon } from '../../../elements';

const FORMATS: { format: ExportFormat; label: string; ending: string }[] = [
  { format: 'folders', label: 'Folders of pictures (zip)', ending: 'zip' },
  { format: 'deephealth', label: 'DeepHealth YAML (zip)', ending: 'zip' },
  { format: 'npz', label: 'Arrays for numpy and Keras (npz)', ending: 'npz' }
];

interface ExportButtonProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  onFailed: (reason: unknown) => void;
}

/** Gives the whole set as a file in a format of one's choice. */
export function ExportButton({ datasets, manifest, onFailed }: ExportButtonProps): JSX.Element {
  const [isBusy, setIsBusy] = useState(false);
  const offered = FORMATS.filter(({ format }) => format !== 'npz' || manifest.arrays.includes('labels'));
  const fetch = (format: ExportFormat, ending: string): void => {
    setIsBusy(true);
    onFailed(undefined);
    datasets
      .export(manifest.id, format)
      .then(file => {
        save(file, `${manifest.id}.${ending}`);
      }, onFailed)
      .finally(() => {
        setIsBusy(false);
      });
  };
  return (
    <label className="plab-export">
      <Icon name="download" />
      <select
        aria-label="Export"
        disabled={isBusy}
        value=""
        onChange={event => {
          const chosen = offered.find(one => one.format === event.target.value);
          if (chosen) {
            fetch(chosen.format, chosen.ending);
          }
        }}
      >
        <option value="">{isBusy ? 'Packing …' : 'Export …'}</option>
        {offered.map(({ format, label }) => (
          <option key={format} value={format}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken it over by the next turn.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}
