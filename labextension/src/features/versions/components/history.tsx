import { useEffect, useState } from 'react';
import type { PatholearnApi, Version } from '../../../api';
import { Notice, useAnswer } from '../../../elements';
import type { GraphDocument } from '../../../generated';
import { clock, plural, sizeOf, titleOf } from '../words';
import { SaveForm } from './save-form';
import { VersionDetails } from './version-details';

export interface HistoryProps {
  api: Pick<PatholearnApi, 'architectures' | 'versions' | 'events'>;
  /** The drawing as it is now. */
  document: () => GraphDocument;
  onRestore: (version: GraphDocument, title: string) => void;
  /** Told of a new drawing that was made of a version. */
  onFork: (made: GraphDocument) => void;
  onRuns: (runs: string[]) => void;
}

/** The versions of a drawing: the list beside what one of them is, and what became of it. */
export function History({ api, document, onRestore, onFork, onRuns }: HistoryProps): JSX.Element {
  const graph = document().meta.id;
  const { value: versions, reason, reload } = useAnswer(() => api.versions.list(graph), graph);
  const [chosen, setChosen] = useState<string>();
  useEffect(() => api.events.subscribe(reload, ['versions', 'events.missed']), [api.events, reload]);
  const shown = versions?.find(({ id }) => id === chosen) ?? versions?.[0];
  return (
    <>
      <div className="plab-history-list">
        <SaveForm
          onSave={async (name, note) => {
            const { id } = await api.versions.save(document(), name, note);
            setChosen(id);
            reload();
          }}
        />
        {reason !== undefined && <Notice reason={reason} />}
        {versions && versions.length > 0 && (
          <ul aria-label="Versions, the newest first">
            {versions.map(version => (
              <li key={version.id}>
                <Row
                  version={version}
                  isShown={version === shown}
                  onChoose={() => {
                    setChosen(version.id);
                  }}
                />
              </li>
            ))}
          </ul>
        )}
      </div>
      {versions?.length === 0 && <Empty />}
      {versions && shown && (
        <VersionDetails
          key={shown.id}
          api={api}
          version={shown}
          others={versions.filter(other => other !== shown)}
          document={document}
          onChanged={reload}
          onRestore={onRestore}
          onFork={onFork}
          onRuns={onRuns}
        />
      )}
    </>
  );
}

interface RowProps {
  version: Version;
  isShown: boolean;
  onChoose: () => void;
}

function Row({ version, isShown, onChoose }: RowProps): JSX.Element {
  const { author, created_at, runs } = version;
  return (
    <button type="button" className="plab-history-row" aria-pressed={isShown} onClick={onChoose}>
      <strong>{titleOf(version)}</strong>
      <span className="plab-faint">{[author, clock(created_at)].filter(Boolean).join(' · ')}</span>
      <span className="plab-faint">{sizeOf(version)}</span>
      {runs.length > 0 && <span className="plab-history-runs">{plural(runs.length, 'training')}</span>}
    </button>
  );
}

function Empty(): JSX.Element {
  return (
    <section className="plab-history-empty">
      <h3>No versions yet</h3>
      <p>
        A version is the drawing as it is now, under a name. Save one before you try something bold: “before dropout”.
        Then change what you like; you can see here what became of it, and come back with one step.
      </p>
      <p>A training keeps the drawing that it learns from as a version by itself, so that each run has its network.</p>
    </section>
  );
}
