import { useState } from 'react';
import type { DatasetsApi, Doubt, Manifest } from '../../../api';
import { Icon, count } from '../../../elements';
import { SampleImage } from '../components/sample-image';
import { beginning, decide, decisionOf, goTo, relabeled, undo, type Decision, type Progress } from './decisions';
import { DoubtView } from './doubt-view';
import { WriteVersion } from './write-version';

interface DoubtListProps {
  datasets: DatasetsApi;
  manifest: Manifest;
  doubts: readonly Doubt[];
  onWritten: () => void;
}

/** Goes through doubts one by one, by mouse and by keys, and writes what was decided. */
export function DoubtList({ datasets, manifest, doubts, onWritten }: DoubtListProps): JSX.Element {
  const [progress, setProgress] = useState<Progress>(() => beginning(doubts));
  const { place, decisions, past } = progress;
  const doubt = doubts[place];
  const hasImage = manifest.channels > 0;
  const labels = relabeled(progress);
  const changing = Object.keys(labels).length;
  if (doubts.length === 0) {
    return <p className="plab-faint">There is nothing to doubt: choose other samples, or another model.</p>;
  }
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const onButton = (event.target as Element).closest('button, input, select') !== null;
    if (event.altKey || (onButton && (event.key === 'Enter' || event.key === ' '))) {
      return;
    }
    const isUndo = event.key === 'u' || (event.key === 'z' && (event.ctrlKey || event.metaKey));
    const decision =
      doubt && !event.ctrlKey && !event.metaKey ? decisionOf(event.key, doubt, manifest.classes) : undefined;
    if (isUndo) {
      setProgress(undo);
    } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      setProgress(goTo(progress, place + (event.key === 'ArrowLeft' ? -1 : 1)));
    } else if (decision) {
      setProgress(decide(progress, decision));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // In a notebook, digits and letters would be the notebook's own shortcuts.
    <div className="plab-doubts" data-lm-suppress-shortcuts="true" onKeyDown={onKeyDown}>
      <p className="plab-actions">
        <span>
          {count(decisions.size)} of {count(doubts.length)} decided
        </span>
        <progress aria-label="Decided" max={doubts.length} value={decisions.size} />
        <span className="plab-spacer" />
        <button
          type="button"
          className="plab-button"
          disabled={place === 0}
          onClick={() => {
            setProgress(goTo(progress, place - 1));
          }}
        >
          <Icon name="left" />
          Back
        </button>
        <button
          type="button"
          className="plab-button"
          disabled={past.length === 0}
          title="Takes the last decision back (U)"
          onClick={() => {
            setProgress(undo);
          }}
        >
          Undo
          <kbd>U</kbd>
        </button>
      </p>
      {doubt ? (
        <DoubtView
          datasets={datasets}
          dataset={manifest.id}
          doubt={doubt}
          classes={manifest.classes}
          hasImage={hasImage}
          decision={decisions.get(doubt.index)}
          onDecide={decision => {
            setProgress(decide(progress, decision));
          }}
        />
      ) : (
        <p role="status">You have seen all of them.</p>
      )}
      <ul className="plab-doubt-strip" aria-label="All doubts">
        {doubts.map((one, number) => (
          <li key={one.index}>
            <button
              type="button"
              className="plab-tile"
              aria-current={number === place}
              title={`${one.given ?? 'not annotated'}, ${stateWords(one, decisions.get(one.index))}`}
              onClick={() => {
                setProgress(goTo(progress, number));
              }}
            >
              {hasImage && (
                <SampleImage
                  datasets={datasets}
                  dataset={manifest.id}
                  index={one.index}
                  alt={`image ${String(one.index)}`}
                  hasMask={false}
                />
              )}
              <span>{stateWords(one, decisions.get(one.index))}</span>
            </button>
          </li>
        ))}
      </ul>
      <WriteVersion
        datasets={datasets}
        manifest={manifest}
        changes={changing > 0 ? [{ kind: 'relabel', labels }] : []}
        onWritten={onWritten}
      >
        {changing === 0 ? 'No label changes yet.' : `${count(changing)} label${changing > 1 ? 's' : ''} will change.`}
      </WriteVersion>
    </div>
  );
}

/** What becomes of a label, in a few words. */
function stateWords(doubt: Doubt, decision: Decision | undefined): string {
  if (!decision) {
    return 'open';
  }
  if (decision === 'skip' || decision.label === doubt.given) {
    return 'as it is';
  }
  return `→ ${decision.label ?? 'nobody knows'}`;
}
