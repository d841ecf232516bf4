import { useState } from 'react';
import type { DatasetsApi, Manifest } from '../../../api';
import { ConfirmButton, CopyButton, Notice, count } from '../../../elements';
import { origin, total } from '../entries';
import { ClassBalance } from './class-balance';
import { SampleGrid } from './sample-grid';

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
    ['Images', count(total(manifest))],
    ['Size', `${manifest.width} × ${manifest.height} pixels, ${manifest.channels === 1 ? 'grey' : 'color'}`],
    [
      'Task',
      manifest.task === 'classification'
        ? `tell ${count(manifest.classes.length)} classes apart`
        : `outline ${manifest.classes.slice(1).join(', ') || 'regions'}`
    ],
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
      <SampleGrid key={`${manifest.id}/${manifest.version}`} datasets={datasets} manifest={manifest} />
    </article>
  );
}
