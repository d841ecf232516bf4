import type { Manifest } from '../../../api';
import { useEffect, useState } from 'react';
import { Icon, Notice, count, useAnswer } from '../../../elements';
import type { BrowserApi, CardApi } from '../browser-api';
import { entries, total, type Entry } from '../entries';
import { useUploads, type Arrival, type Uploads } from '../use-uploads';
import { ArrivalList } from './arrival-list';
import { BuiltinCard } from './builtin-card';
import { DatasetCard } from './dataset-card';
import { ImportWizard } from './import-wizard';
import { InterruptedCard } from './interrupted-card';
import { SendingCard } from './sending-card';
import { SetBuilder } from './set-builder';
import { UploadArea } from './upload-area';

interface DatasetBrowserProps {
  api: BrowserApi;
  selected: string | null;
  onSelect: (id: string | null) => void;
}

/** What is shown beside the list instead of a data set: a file on its way, or a set that is being put together. */
type Open = { arrival: string } | 'builder' | null;

/** The list of data sets and of files on their way, and beside it what is chosen. */
export function DatasetBrowser({ api, selected, onSelect }: DatasetBrowserProps): JSX.Element {
  const { datasets, events } = api;
  const answer = useAnswer(async () => entries(...(await Promise.all([datasets.list(), datasets.builtins()]))), 'all');
  const { value, reload } = answer;
  const uploads = useUploads(api.uploads, events);
  const [open, setOpen] = useState<Open>(null);
  useEffect(() => events.subscribe(reload, ['datasets']), [events, reload]);

  const chosen = value?.find(entry => entry.id === selected);
  const first = value?.[0]?.id;
  useEffect(() => {
    if (!selected && first) {
      onSelect(first);
    }
  }, [selected, first, onSelect]);
  const show = (id: string | null): void => {
    setOpen(null);
    onSelect(id);
  };
  const send = (file: Blob, fileName: string): void => {
    setOpen({ arrival: uploads.send(file, fileName) });
  };
  const taken = value?.map(entry => entry.id) ?? [];
  const arrival = open && open !== 'builder' ? uploads.arrivals.find(({ key }) => key === open.arrival) : undefined;
  return (
    <div className="plab-browser plab-card">
      <nav className="plab-browser-list" aria-label="Data sets">
        {value ? (
          <EntryList all={value} chosen={arrival || open === 'builder' ? undefined : chosen?.id} onSelect={show} />
        ) : (
          answer.isLoading && [1, 2, 3].map(line => <span key={line} className="plab-skeleton plab-entry-skeleton" />)
        )}
        <ArrivalList
          arrivals={uploads.arrivals}
          chosen={arrival?.key}
          onSelect={key => {
            setOpen({ arrival: key });
          }}
        />
        <UploadArea
          onFile={send}
          onBuild={() => {
            setOpen('builder');
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
        {open === 'builder' ? (
          <SetBuilder
            taken={taken}
            onFile={send}
            onCancel={() => {
              setOpen(null);
            }}
          />
        ) : arrival ? (
          <ArrivalCard
            key={arrival.key}
            api={api}
            arrival={arrival}
            uploads={uploads}
            taken={taken}
            onFile={send}
            onImported={id => {
              reload();
              show(id);
            }}
            onGone={() => {
              setOpen(null);
            }}
          />
        ) : (
          <Chosen
            api={api}
            all={value}
            entry={chosen}
            selected={selected}
            onChanged={reload}
            onDeleted={() => {
              show(null);
              reload();
            }}
          />
        )}
        {!value && answer.isLoading && <span className="plab-skeleton plab-card-skeleton" />}
      </div>
    </div>
  );
}

interface ArrivalCardProps {
  api: BrowserApi;
  arrival: Arrival;
  uploads: Uploads;
  taken: readonly string[];
  onFile: (file: Blob, fileName: string) => void;
  onImported: (dataset: string) => void;
  onGone: () => void;
}

function ArrivalCard({ api, arrival, uploads, taken, onFile, onImported, onGone }: ArrivalCardProps): JSX.Element {
  const { sender, state, fileName } = arrival;
  const giveUp = (): void => {
    uploads.giveUp(arrival);
    onGone();
  };
  if (sender && sender.state.phase !== 'arrived') {
    return <SendingCard sender={sender} onGiveUp={giveUp} />;
  }
  if (!sender && state?.state === 'receiving') {
    return (
      <InterruptedCard
        state={state}
        onFile={file => {
          onFile(file, fileName);
        }}
        onGiveUp={giveUp}
      />
    );
  }
  return (
    <ImportWizard
      api={api}
      id={sender?.upload?.id ?? state?.upload.id ?? ''}
      fileName={fileName}
      taken={taken}
      onImported={dataset => {
        uploads.finish(arrival);
        onImported(dataset);
      }}
      onGiveUp={giveUp}
    />
  );
}

interface ChosenProps {
  api: CardApi;
  all: Entry[] | undefined;
  entry: Entry | undefined;
  selected: string | null;
  onChanged: () => void;
  onDeleted: () => void;
}

function Chosen(props: ChosenProps): JSX.Element | null {
  const { api, all, entry, selected, onChanged, onDeleted } = props;
  if (entry?.manifest) {
    return (
      <DatasetCard
        key={entry.id}
        api={api}
        manifest={entry.manifest}
        isOwn={entry.builtin === null}
        onChanged={onChanged}
        onDeleted={onDeleted}
      />
    );
  }
  if (entry?.builtin) {
    return <BuiltinCard key={entry.id} datasets={api.datasets} card={entry.builtin} onPrepared={onChanged} />;
  }
  if (!all || (!selected && all.length > 0)) {
    return null;
  }
  return (
    <div className="plab-empty">
      <Icon name="image" />
      <p>{selected ? `There is no data set called '${selected}' (any more).` : 'There are no data sets yet.'}</p>
      <p className="plab-faint">Choose one on the left, or add your own pictures.</p>
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
              {entry.manifest ? countWords(entry.manifest) : 'built in, not prepared yet'}
              {entry.manifest && !entry.builtin && entry.manifest.visibility === 'private' && (
                <span title={privateTo(entry.manifest)}>
                  {' '}
                  <Icon name="lock" />
                  <span className="plab-unseen">{privateTo(entry.manifest)}</span>
                </span>
              )}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function privateTo({ owner }: Pick<Manifest, 'owner'>): string {
  return owner ? `Private to ${owner}` : 'Private';
}

function countWords(manifest: NonNullable<Entry['manifest']>): string {
  const samples = `${count(total(manifest))} ${manifest.channels === 0 ? 'rows' : 'images'}`;
  return manifest.task === 'regression' ? samples : `${samples}, ${count(manifest.classes.length)} classes`;
}
