import { useState } from 'react';
import type { Looks, Manifest, Visibility } from '../../../api';
import { ConfirmButton, CopyButton, Icon, Notice, count } from '../../../elements';
import type { CardApi } from '../browser-api';
import { CurationTools, type Tool } from '../curation/curation-tools';
import { LeakWarning } from '../curation/leak-warning';
import { origin, sizeWords, taskWords, total } from '../entries';
import { CardEditor } from './card-editor';
import { ChannelSpread } from './channel-spread';
import { ClassBalance } from './class-balance';
import { ExportButton } from './export-button';
import { QualityReport } from './quality-report';
import { SampleGrid } from './sample-grid';
import { VersionList } from './version-list';

const VISIBLE: Record<Visibility, string> = {
  private: 'only its owner',
  group: 'the course',
  public: 'everybody; its owner may change it'
};

interface DatasetCardProps {
  api: CardApi;
  manifest: Manifest;
  isOwn: boolean;
  onChanged: () => void;
  onDeleted: () => void;
}

/** All there is to know about a data set before one trains on it. */
export function DatasetCard(props: DatasetCardProps): JSX.Element {
  const { api, manifest, isOwn, onChanged, onDeleted } = props;
  const { datasets } = api;
  const [reason, setReason] = useState<unknown>();
  const [isEditing, setIsEditing] = useState(false);
  const [tool, setTool] = useState<Tool | null>(null);
  const [looks, setLooks] = useState<Looks | null>(null);
  const [isNew, setIsNew] = useState(false);
  const key = `${manifest.id}/${manifest.version}`;
  const { word, explanation } = origin(manifest);
  const facts: [string, string][] = [
    [manifest.channels ? 'Images' : 'Rows', count(total(manifest))],
    ['Size', sizeWords(manifest)],
    ['Task', taskWords(manifest)],
    ['Table', manifest.features.join(', ')],
    ['Source', manifest.source],
    ['Licence', manifest.licence],
    [
      'Who may see it',
      manifest.owner ? `${VISIBLE[manifest.visibility]} (${manifest.owner})` : VISIBLE[manifest.visibility]
    ],
    ['Version', `${manifest.version}, ${manifest.created_at.slice(0, 10)}`]
  ];
  return (
    <article className="plab-dataset" aria-label={manifest.name}>
      <header className="plab-dataset-head">
        <h2>{manifest.name}</h2>
        <span className="plab-badge" title={explanation}>
          {word}
        </span>
        {isOwn && manifest.visibility === 'private' && (
          <span className="plab-badge plab-badge-quiet">
            <Icon name="lock" /> Private
          </span>
        )}
        <span className="plab-spacer" />
        {isOwn && !isEditing && (
          <button
            type="button"
            className="plab-button"
            onClick={() => {
              setIsEditing(true);
            }}
          >
            <Icon name="pencil" />
            Edit
          </button>
        )}
        <ExportButton datasets={datasets} manifest={manifest} onFailed={setReason} />
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
      {isEditing ? (
        <CardEditor
          datasets={datasets}
          manifest={manifest}
          onDone={() => {
            setIsEditing(false);
            onChanged();
          }}
        />
      ) : (
        <p>{manifest.description}</p>
      )}
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
      {isNew && (
        <p role="status" className="plab-good-news">
          <Icon name="check" /> Version {manifest.version} is written; the versions before it stay as they are.
        </p>
      )}
      {manifest.arrays.includes('groups') && (
        <LeakWarning
          datasets={datasets}
          manifest={manifest}
          onDivide={() => {
            setTool('divide by group');
          }}
        />
      )}
      <ClassBalance manifest={manifest} />
      {manifest.channels > 0 && (
        <>
          <ChannelSpread manifest={manifest} />
          <QualityReport key={`quality/${key}`} api={api} manifest={manifest} onShow={setLooks} />
        </>
      )}
      <CurationTools
        key={`curation/${key}`}
        api={api}
        manifest={manifest}
        open={tool}
        onOpen={next => {
          setTool(next);
          setIsNew(false);
        }}
        onWritten={() => {
          setTool(null);
          setLooks(null);
          setIsNew(true);
          onChanged();
        }}
      />
      <VersionList key={`versions/${key}`} datasets={datasets} manifest={manifest} />
      {manifest.channels > 0 && (
        <SampleGrid key={key} datasets={datasets} manifest={manifest} looks={looks} onLooks={setLooks} />
      )}
    </article>
  );
}
