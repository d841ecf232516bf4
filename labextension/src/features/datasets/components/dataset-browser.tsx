import { useEffect } from 'react';
import type { DatasetsApi, EventsApi } from '../../../api';
import { Icon, Notice, count, useAnswer } from '../../../elements';
import { entries, total, type Entry } from '../entries';
import { BuiltinCard } from './builtin-card';
import { DatasetCard } from './dataset-card';
import { UploadBox } from './upload-box';

interface DatasetBrowserProps {
  api: { datasets: DatasetsApi; events: EventsApi };
  selected: string | null;
  onSelect: (id: string | null) => void;
}

/** The list of data sets, and beside it the card of the chosen one. */
export function DatasetBrowser({ api, selected, onSelect }: DatasetBrowserProps): JSX.Element {
  const { datasets, events } = api;
  const answer = useAnswer(async () => entries(...(await Promise.all([datasets.list(), datasets.builtins()]))), 'all');
  const { value, reload } = answer;
  useEffect(() => events.subscribe(reload, ['datasets']), [events, reload]);

  const chosen = value?.find(entry => entry.id === selected);
  const first = value?.[0]?.id;
  useEffect(() => {
    if (!selected && first) {
      onSelect(first);
    }
  }, [selected, first, onSelect]);
  return (
    <div className="plab-browser plab-card">
      <nav className="plab-browser-list" aria-label="Data sets">
        {value ? (
          <EntryList all={value} chosen={chosen?.id} onSelect={onSelect} />
        ) : (
          answer.isLoading && [1, 2, 3].map(line => <span key={line} className="plab-skeleton plab-entry-skeleton" />)
        )}
        <UploadBox
          datasets={datasets}
          onUploaded={manifest => {
            reload();
            onSelect(manifest.id);
          }}
        />
      </nav>
      <div className="plab-browser-main">
        {answer.reason !== undefined && (
          <Notice reason={answer.reason}>
            <button type="button" className="plab-button" onClick={reload}>
              Try again
            </button>
          </Notice>
        )}
        {chosen?.manifest && (
          <DatasetCard
            key={chosen.id}
            datasets={datasets}
            manifest={chosen.manifest}
            isOwn={chosen.builtin === null}
            onDeleted={() => {
              onSelect(null);
              reload();
            }}
          />
        )}
        {chosen && !chosen.manifest && chosen.builtin && (
          <BuiltinCard
            key={chosen.id}
            datasets={datasets}
            card={chosen.builtin}
            onPrepared={() => {
              onSelect(chosen.id);
              reload();
            }}
          />
        )}
        {value && !chosen && (selected || !first) && (
          <div className="plab-empty">
            <Icon name="image" />
            <p>{selected ? `There is no data set called '${selected}' (any more).` : 'There are no data sets yet.'}</p>
            <p className="plab-faint">Choose one on the left, or upload a zip of class folders.</p>
          </div>
        )}
        {!value && answer.isLoading && <span className="plab-skeleton plab-card-skeleton" />}
      </div>
    </div>
  );
}

interface EntryListProps {
  all: Entry[];
  chosen: string | undefined;
  onSelect: (id: string) => void;
}

function EntryList({ all, chosen, onSelect }: EntryListProps): JSX.Element {
  return (
    <ul>
      {all.map(entry => (
        <li key={entry.id}>
          <button
            type="button"
            className="plab-entry"
            aria-current={entry.id === chosen}
            onClick={() => {
              onSelect(entry.id);
            }}
          >
            <span>{entry.name}</span>
            <span className="plab-faint">
              {entry.manifest
                ? `${count(total(entry.manifest))} images, ${count(entry.manifest.classes.length)} classes`
                : 'built in, not prepared yet'}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
