import type { ValuesAnswer } from '../../../api';
import { figure } from '../answers';
import type { ViewProps } from '../views';

/** Each value beside the right one, in numbers and on a common scale. */
export function ValuesView({ answer }: ViewProps<ValuesAnswer>): JSX.Element {
  const { values, unit } = answer;
  const isKnown = values.some(row => row.truth !== null);
  const all = values.flatMap(row => (row.truth === null ? [row.value] : [row.value, row.truth]));
  const from = Math.min(0, ...all);
  const span = Math.max(...all, from + 1e-9) - from;
  const placeOf = (value: number): string => `${(100 * (value - from)) / span}%`;
  return (
    <>
      <p className="plab-verdict-top">
        The network says{' '}
        {values.map((row, place) => (
          <span key={row.name}>
            {place > 0 && ', '}
            <strong>{figure(row.value)}</strong> for {row.name}
          </span>
        ))}
        {unit && ` (${unit})`}.
      </p>
      <table className="plab-answer-table plab-values">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" aria-hidden="true">
              {figure(from)} to {figure(from + span)}
            </th>
            <th scope="col">Value</th>
            {isKnown && (
              <>
                <th scope="col">Truth</th>
                <th scope="col">Error</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {values.map(row => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              <td className="plab-values-track" aria-hidden="true">
                <span className="plab-scale">
                  {row.truth !== null && <span className="plab-scale-truth" style={{ left: placeOf(row.truth) }} />}
                  <span className="plab-scale-value" style={{ left: placeOf(row.value) }} />
                </span>
              </td>
              <td className="plab-number">{figure(row.value)}</td>
              {isKnown && (
                <>
                  <td className="plab-number">{row.truth === null ? '–' : figure(row.truth)}</td>
                  <td className="plab-number">{row.error === null ? '–' : signed(row.error)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="plab-faint plab-scale-legend">
        <span className="plab-scale-value" aria-hidden="true" /> network
        {isKnown && (
          <>
            <span className="plab-scale-truth" aria-hidden="true" /> truth. The error is the network’s value minus the
            true one.
          </>
        )}
      </p>
    </>
  );
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${figure(Math.abs(value))}`;
}
