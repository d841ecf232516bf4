import { useState } from 'react';
import type { PatholearnApi, Version } from '../../../api';
import { ConfirmButton, Icon, Notice } from '../../../elements';
import type { GraphDocument } from '../../../generated';
import { clock, plural, sizeOf, titleOf } from '../words';
import { DifferenceView } from './difference-view';
import { NameForm } from './name-form';

interface VersionDetailsProps {
  api: Pick<PatholearnApi, 'architectures' | 'versions'>;
  version: Version;
  others: Version[];
  document: () => GraphDocument;
  onChanged: () => void;
  onRestore: (version: GraphDocument, title: string) => void;
  onFork: (made: GraphDocument) => void;
  onRuns: (runs: string[]) => void;
}

type Form = 'fork' | 'rename';

/** One version: what it is, what can be done with it, and what became of it. */
export function VersionDetails(props: VersionDetailsProps): JSX.Element {
  const { api, version, others, document, onChanged, onRestore, onFork, onRuns } = props;
  const { graph, id, note, author, created_at, runs } = version;
  const [form, setForm] = useState<Form>();
  const [reason, setReason] = useState<unknown>();
  const title = titleOf(version);
  const act = <T,>(work: Promise<T>, then: (value: T) => void): void => {
    setReason(undefined);
    work.then(then, setReason);
  };
  const toggle = (wanted: Form): void => {
    setForm(before => (before === wanted ? undefined : wanted));
  };
  return (
    <section className="plab-history-details" aria-label={`Version ${title}`}>
      <header>
        <h3>{title}</h3>
        <p className="plab-faint">
          {[author && `by ${author}`, clock(created_at), sizeOf(version)].filter(Boolean).join(' · ')}
        </p>
        {note && <p className="plab-history-note">{note}</p>}
      </header>
      <div className="plab-history-actions">
        <button
          type="button"
          className="plab-button"
          title="The drawing becomes what it was, in one step; undo brings back what is there now"
          onClick={() => {
            act(api.versions.open(graph, id), then => {
              onRestore(then, title);
            });
          }}
        >
          <Icon name="left" />
          Restore
        </button>
        <button
          type="button"
          className="plab-button"
          title="A new drawing that begins as this version, in a file of its own"
          aria-expanded={form === 'fork'}
          onClick={() => {
            toggle('fork');
          }}
        >
          <Icon name="copy" />
          Fork
        </button>
        <button
          type="button"
          className="plab-button"
          aria-expanded={form === 'rename'}
          onClick={() => {
            toggle('rename');
          }}
        >
          <Icon name="pencil" />
          Rename
        </button>
        {runs.length > 0 && (
          <button
            type="button"
            className="plab-button"
            title="Trainings of exactly this drawing"
            onClick={() => {
              onRuns(runs);
            }}
          >
            <Icon name="play" />
            Show {plural(runs.length, 'training')}
          </button>
        )}
        <ConfirmButton
          label="Delete"
          icon="trash"
          question="Delete this version? The drawing and its other versions stay."
          yes="Delete it"
          no="Keep it"
          onConfirm={() => {
            act(api.versions.delete(graph, id), onChanged);
          }}
        />
      </div>
      {form === 'fork' && (
        <NameForm
          label="Name of the new drawing"
          value={`${document().meta.name}, ${title}`.slice(0, 200)}
          longest={200}
          submit="Fork"
          onSubmit={name => {
            act(api.versions.fork(graph, id, name), onFork);
          }}
        />
      )}
      {form === 'rename' && (
        <NameForm
          label="Name of the version"
          value={version.name}
          longest={80}
          submit="Rename"
          onSubmit={name => {
            act(api.versions.edit(graph, id, { name }), () => {
              setForm(undefined);
              onChanged();
            });
          }}
        />
      )}
      {reason !== undefined && <Notice reason={reason} />}
      <DifferenceView api={api} version={version} others={others} document={document} />
    </section>
  );
}
