import { useState } from 'react';
import type { DatasetsApi, Manifest } from '../../../api';
import { ConfirmButton, CopyButton, Notice, count } from '../../../elements';
import { origin, total } from '../entries';
import { ClassBalance } from './class-balance';
import { SampleGrid } from './sample-grid';

const TASKS: Record<Manifest['task'], (manifest: Manifest) => string> = {
  classification: ({ classes }) => `tell ${count(classes.length)} classes apart`,
  segmentation: ({ classes }) => `outline ${classes.slice(1).join(', ') || 'regions'}`,
  multilabel: ({ classes }) => `say which of ${classes.join(', ')} are there; several may be`,
  regression: ({ classes }) => `tell the numbers ${classes.join(', ')}`
};

function size({ width, height, channels }: Manifest): string {
  return channels ? `${width} × ${height} pixels, ${channels === 1 ? 'grey' : 'color'}` : '';
}

interface DatasetCardProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  isOwn: boolean;
  onDeleted: () => void;
}

/** All there is to know about a data set before one trains on it. */
export function DatasetCard({ datasets, manifest, isOwn, onDeleted }: DatasetCardProps): JSX.Element {
  const [reason, setReason] = useState<unknown>();
  const { word, explanation } = origin(manifest);
  const facts: [string, string][] = [
    [manifest.channels ? 'Images' : 'Rows', count(total(manifest))],
    ['Size', size(manifest)],
    ['Task', TASKS[manifest.task](manifest)],
    ['Table', manifest.features.join(', ')],
    ['Source', manifest.source],
    ['Licence', manifest.licence],
    ['Version', `${manifest.version}, ${manifest.created_at.slice(0, 10)}`]
  ];
  return (
    <article className="plab-dataset" aria-label={manifest.name}>
      <header className="plab-dataset-head">
        <h2>{manifest.name}</h2>
        <span className="plab-badge" title={explanation}>
          {word}
        </span>
        <span className="plab-spacer" />
        <CopyButton text={`lab.DatasetBrowser("${manifest.id}")`} label="Copy as code" icon="code" />
        {isOwn && (
          <ConfirmButton
            label="Delete"
            icon="trash"
            question={`Delete ${manifest.name} for good?`}
            yes="Delete it"
            no="Keep it"
            onConfirm={() => {
              datasets.delete(manifest.id).then(onDeleted, setReason);
            }}
          />
        )}
      </header>
      {reason !== undefined && <Notice reason={reason} />}
      <p>{manifest.description}</p>
      {(manifest.notes.length > 0 ? manifest.notes : [explanation]).map(note => (
        <p key={note} className="plab-faint">
          {note}
        </p>
      ))}
      <dl className="plab-dataset-facts">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <ClassBalance manifest={manifest} />
      {manifest.channels > 0 && (
        <SampleGrid key={`${manifest.id}/${manifest.version}`} datasets={datasets} manifest={manifest} />
      )}
    </article>
  );
}
