import { useEffect, useRef } from 'react';
import type { DatasetsApi, Doubt } from '../../../api';
import { Icon, percent } from '../../../elements';
import { SampleImage } from '../components/sample-image';
import { SPLIT_WORDS } from '../entries';
import type { Decision } from './decisions';

interface DoubtViewProps {
  datasets: DatasetsApi;
  dataset: string;
  doubt: Doubt;
  classes: readonly string[];
  hasImage: boolean;
  decision: Decision | undefined;
  onDecide: (decision: Decision) => void;
}

/** One sample with its label, what is suspected and why, and the ways to decide. */
export function DoubtView(props: DoubtViewProps): JSX.Element {
  const { datasets, dataset, doubt, classes, hasImage, decision, onDecide } = props;
  const view = useRef<HTMLDivElement>(null);
  // A button that was pressed must not take the next key for its own.
  useEffect(() => {
    view.current?.focus({ preventScroll: true });
  }, [doubt.index]);
  const chosen = decision && decision !== 'skip' ? decision.label : undefined;
  const choice = (label: string | null, words: string, key: string): JSX.Element => (
    <button
      key={words}
      type="button"
      className="plab-button"
      aria-pressed={chosen === label}
      onClick={() => {
        onDecide({ label });
      }}
    >
      {key && <kbd>{key}</kbd>}
      {words}
    </button>
  );
  return (
    <div className="plab-doubt" ref={view} tabIndex={-1}>
      {hasImage && (
        <div className="plab-doubt-image">
          <SampleImage
            datasets={datasets}
            dataset={dataset}
            index={doubt.index}
            alt={`image ${String(doubt.index)}, labeled ${doubt.given ?? 'by nobody'}`}
            hasMask={false}
          />
        </div>
      )}
      <div className="plab-doubt-words">
        <p>
          <strong>{doubt.given ?? 'Not annotated'}</strong>{' '}
          <span className="plab-faint">
            {SPLIT_WORDS[doubt.split]}, {hasImage ? 'image' : 'row'} {doubt.index}
          </span>
        </p>
        <p>{suspicion(doubt)}</p>
        <p className="plab-actions">
          <button
            type="button"
            className="plab-button plab-button-primary"
            onClick={() => {
              onDecide({ label: doubt.suggested });
            }}
          >
            <Icon name="check" />
            {doubt.suggested === doubt.given ? `Keep ${doubt.suggested}` : `Accept ${doubt.suggested}`}
            <kbd>Enter</kbd>
          </button>
          <button
            type="button"
            className="plab-button"
            aria-pressed={decision === 'skip'}
            onClick={() => {
              onDecide('skip');
            }}
          >
            Skip
            <kbd>S</kbd>
          </button>
        </p>
        <div className="plab-doubt-classes" role="group" aria-label="Another class">
          {classes.map((name, place) => choice(name, name, place < 9 ? String(place + 1) : ''))}
          {choice(null, 'Nobody can tell', '0')}
        </div>
      </div>
    </div>
  );
}

/** What is suspected of a label, and why. */
export function suspicion(doubt: Doubt): string {
  const { given, suggested, reason } = doubt;
  const ours = percent(doubt.given_probability);
  const theirs = percent(doubt.suggested_probability);
  if (reason === 'contradicts') {
    return `The model is sure that it is ${suggested} (${theirs}), and gives ${given ?? 'its label'} only ${ours}.`;
  }
  if (reason === 'not_annotated') {
    return `Nobody annotated it. The model would call it ${suggested} (${theirs}).`;
  }
  return given === suggested
    ? `The model agrees, but is not sure: it gives ${suggested} ${theirs}.`
    : `The model is not sure: it gives ${suggested} ${theirs}, and ${given ?? 'its label'} ${ours}.`;
}
