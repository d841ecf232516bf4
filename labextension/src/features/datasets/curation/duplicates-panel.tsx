import { useState } from 'react';
import type { DatasetChange, DatasetsApi, Duplicates, Manifest } from '../../../api';
import { Notice, count, useAnswer } from '../../../elements';
import { MeasuredImages } from '../components/measured-images';
import type { CardApi } from '../browser-api';
import { DuplicatePairs } from './duplicate-pairs';
import { copiesOf, movesOf } from './leftover';
import { WriteVersion } from './write-version';

interface DuplicatesPanelProps {
  api: CardApi;
  manifest: Manifest;
  onWritten: () => void;
}

/** How alike pictures have to be, in bits of their hash. */
const DISTANCES: [number, string][] = [
  [0, 'Only equal ones'],
  [4, 'Almost equal: other brightness, saved as JPEG'],
  [8, 'Similar: look closely, they may be two pictures']
];
const PAGE = 12;

/** How alike pictures have to be, and what was found. */
function Search({ api, manifest, onWritten }: DuplicatesPanelProps): JSX.Element {
  const [distance, setDistance] = useState(4);
  const { value, reason, isLoading } = useAnswer(
    () => api.datasets.duplicates(manifest.id, distance),
    `${manifest.id}/${String(distance)}`
  );
  return (
    <>
      <p className="plab-actions">
        <label>
          How alike{' '}
          <select
            value={distance}
            onChange={event => {
              setDistance(Number(event.target.value));
            }}
          >
            {DISTANCES.map(([bits, words]) => (
              <option key={bits} value={bits}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {isLoading && <span className="plab-faint">Comparing …</span>}
      </p>
      {reason !== undefined && <Notice reason={reason} />}
      {value && (
        <Found
          key={value.distance}
          datasets={api.datasets}
          manifest={manifest}
          duplicates={value}
          onWritten={onWritten}
        />
      )}
    </>
  );
}

/** The same picture twice, or almost: those in two splits make a test look better than it is. */
export function DuplicatesPanel(props: DuplicatesPanelProps): JSX.Element {
  return (
    <>
      <p className="plab-faint">
        A picture that is in the training and in the test split makes the network look better than it is. Pictures are
        compared by their pixels, and by a perceptual hash: 64 bits that change little where a picture changes little.
      </p>
      <MeasuredImages api={props.api} dataset={props.manifest.id} label="Look for duplicates" icon="copy">
        <Search {...props} />
      </MeasuredImages>
    </>
  );
}

interface FoundProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  duplicates: Duplicates;
  onWritten: () => void;
}

function Found({ datasets, manifest, duplicates, onWritten }: FoundProps): JSX.Element {
  const leaking = duplicates.groups.filter(group => group.leaks);
  const [dropped, setDropped] = useState<ReadonlySet<number>>(() => new Set(leaking.flatMap(copiesOf)));
  const [isMoving, setIsMoving] = useState(false);
  const [shown, setShown] = useState(PAGE);
  if (duplicates.total === 0) {
    return <p role="status">No two pictures are this much alike.</p>;
  }
  const samples = [...dropped].sort((a, b) => a - b);
  const drop: DatasetChange[] = samples.length > 0 ? [{ kind: 'drop', samples }] : [];
  const changes = isMoving ? movesOf(leaking) : drop;
  const concerned = changes.reduce((sum, change) => sum + ('samples' in change ? change.samples.length : 0), 0);
  return (
    <>
      <p role="status">
        {count(duplicates.total)} {duplicates.total === 1 ? 'group' : 'groups'} of pictures:{' '}
        <strong>{count(duplicates.leaking)} in more than one split</strong>, {count(duplicates.contradicting)} with more
        than one class.
      </p>
      <fieldset className="plab-ways">
        <legend>What to do</legend>
        <label className="plab-check">
          <input
            type="radio"
            name={`duplicates-${manifest.id}`}
            checked={!isMoving}
            onChange={() => {
              setIsMoving(false);
            }}
          />
          Leave out what is ticked below; one of each group stays, in the test split where it is there
        </label>
        <label className="plab-check">
          <input
            type="radio"
            name={`duplicates-${manifest.id}`}
            checked={isMoving}
            disabled={leaking.length === 0}
            onChange={() => {
              setIsMoving(true);
            }}
          />
          Keep all, and put each group into the split where most of it is
        </label>
      </fieldset>
      <ul className="plab-pairs" aria-label="Groups of equal pictures">
        {duplicates.groups.slice(0, shown).map(group => (
          <DuplicatePairs
            key={group.samples[0]?.index}
            datasets={datasets}
            dataset={manifest.id}
            group={group}
            dropped={isMoving ? null : dropped}
            onToggle={index => {
              const next = new Set(dropped);
              if (!next.delete(index)) {
                next.add(index);
              }
              setDropped(next);
            }}
          />
        ))}
      </ul>
      {shown < duplicates.groups.length && (
        <p>
          <button
            type="button"
            className="plab-button"
            onClick={() => {
              setShown(shown + PAGE);
            }}
          >
            Show more
          </button>{' '}
          <span className="plab-faint">
            {count(shown)} of {count(duplicates.groups.length)} groups
          </span>
        </p>
      )}
      <WriteVersion datasets={datasets} manifest={manifest} changes={changes} onWritten={onWritten}>
        {concerned === 0
          ? 'Nothing is ticked.'
          : `${count(concerned)} ${concerned === 1 ? 'picture' : 'pictures'} will be ${isMoving ? 'moved' : 'left out'}.`}
      </WriteVersion>
    </>
  );
}
