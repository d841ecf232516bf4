import { useState } from 'react';
import type { LabelsAnswer } from '../../../api';
import { percent } from '../../../elements';
import type { ViewProps } from '../views';
import { RightOrWrong } from './right-or-wrong';

/** Each label with its own probability, the threshold from which on it counts as present, and yes or no. */
export function LabelsView({ answer }: ViewProps<LabelsAnswer>): JSX.Element {
  const [moved, setMoved] = useState<number | null>(null);
  const rows = answer.labels.map(label => {
    const threshold = moved ?? label.threshold;
    return { ...label, threshold, present: label.probability >= threshold };
  });
  const hasTruth = rows.some(row => row.truth !== null);
  const present = rows.filter(row => row.present).map(row => row.name);
  const threshold = moved ?? answer.labels[0]?.threshold ?? 0.5;
  return (
    <>
      <p className="plab-verdict-top">
        {present.length > 0 ? (
          <>
            The network finds <strong>{present.join(', ')}</strong>.
          </>
        ) : (
          'The network finds none of the labels.'
        )}
      </p>
      <table className="plab-answer-table plab-labels">
        <thead>
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Probability</th>
            <th scope="col">
              <span className="plab-hidden">In numbers</span>
            </th>
            <th scope="col">Answer</th>
            {hasTruth && <th scope="col">Truth</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              <td className="plab-labels-track">
                <Track share={row.probability} threshold={row.threshold} isMarked={row.present} />
              </td>
              <td className="plab-number">{percent(row.probability)}</td>
              <td>{row.present ? <strong>yes</strong> : 'no'}</td>
              {hasTruth && (
                <td>
                  {row.truth === null ? (
                    '–'
                  ) : (
                    <RightOrWrong isRight={row.truth === row.present}>{row.truth ? 'yes' : 'no'}</RightOrWrong>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <div className="plab-slider">
        <label>
          <span>Threshold: yes from {percent(threshold)}</span>
          <input
            type="range"
            min={0}
            max={1}
            step={0.01}
            value={threshold}
            onChange={event => {
              setMoved(Number(event.target.value));
            }}
          />
        </label>
        {moved !== null && (
          <button
            type="button"
            className="plab-button plab-button-quiet"
            onClick={() => {
              setMoved(null);
            }}
          >
            Back to the model’s
          </button>
        )}
      </div>
      <p className="plab-faint">
        Each label is asked for on its own, so the probabilities need not add up to 100&nbsp;%. A lower threshold finds
        more, and is wrong more often.
      </p>
    </>
  );
}

function Track({ share, threshold, isMarked }: { share: number; threshold: number; isMarked: boolean }): JSX.Element {
  return (
    <span className={isMarked ? 'plab-threshold plab-bar-marked' : 'plab-threshold'} aria-hidden="true">
      <span className="plab-bar-track">
        <span className="plab-bar-fill" style={{ width: percentOf(share) }} />
      </span>
      <span className="plab-threshold-line" style={{ left: percentOf(threshold) }} />
    </span>
  );
}

function percentOf(share: number): string {
  return `${100 * Math.min(1, Math.max(0, share))}%`;
}
