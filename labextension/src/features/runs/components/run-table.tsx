import { memo } from 'react';
import type { Job } from '../../../api';
import { Icon } from '../../../elements';
import { STATES } from '../../training/job-words';
import { COLUMNS, datasetOf, nameOf, outcome, share, type Column, type Order } from '../run-list';

interface RunTableProps {
  jobs: readonly Job[];
  chosen: readonly string[];
  onChoose: (ids: readonly string[]) => void;
  order: Order;
  onOrder: (order: Order) => void;
}

/** One row a run: a click looks at it, a tick (or a click with Ctrl) takes it into the comparison. */
export function RunTable({ jobs, chosen, onChoose, order, onOrder }: RunTableProps): JSX.Element {
  const tick = (id: string): void => {
    onChoose(chosen.includes(id) ? chosen.filter(one => one !== id) : [...chosen, id]);
  };
  if (jobs.length === 0) {
    return <p className="plab-runs-message">No run is like that. Take a filter away.</p>;
  }
  return (
    <div className="plab-runs-scroll" tabIndex={0} role="region" aria-label="List of runs">
      <table className="plab-runs-table">
        <thead>
          <tr>
            <th scope="col">
              <span className="plab-runs-hidden">Compare</span>
            </th>
            {COLUMNS.map(({ name, words }) => (
              <Head key={name} name={name} words={words} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {jobs.map(job => (
            <tr
              key={job.id}
              className={chosen.includes(job.id) ? 'plab-runs-row-chosen' : undefined}
              onClick={event => {
                if (!(event.target instanceof HTMLInputElement)) {
                  if (event.ctrlKey || event.metaKey || event.shiftKey) {
                    tick(job.id);
                  } else {
                    onChoose([job.id]);
                  }
                }
              }}
            >
              <td>
                <input
                  type="checkbox"
                  aria-label={`Compare ${nameOf(job)}, ${clock(job.created_at)}`}
                  checked={chosen.includes(job.id)}
                  onChange={() => {
                    tick(job.id);
                  }}
                />
              </td>
              <Cells job={job} isChosen={chosen.length === 1 && chosen[0] === job.id} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head({
  name,
  words,
  order,
  onOrder
}: { name: Column; words: string } & Pick<RunTableProps, 'order' | 'onOrder'>) {
  const isBy = order.by === name;
  return (
    <th
      scope="col"
      className={`plab-runs-${name}`}
      aria-sort={isBy ? (order.isDown ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        title={`Sort by ${words.toLowerCase()}`}
        onClick={() => {
          onOrder({ by: name, isDown: isBy ? !order.isDown : name === 'when' || name === 'result' });
        }}
      >
        {words}
        <span aria-hidden="true">{isBy ? (order.isDown ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}

/** Drawn anew only when the job is another one: a list of a thousand has news several times a second. */
const Cells = memo(function Cells({ job, isChosen }: { job: Job; isChosen: boolean }): JSX.Element {
  const { word, icon, tone } = STATES[job.state];
  const done = share(job);
  const text = outcome(job);
  return (
    <>
      <th scope="row" className="plab-runs-name">
        <button type="button" aria-current={isChosen || undefined} title={job.id}>
          {nameOf(job)}
        </button>
        {job.kind !== 'training' && <span className="plab-faint"> {job.kind}</span>}
      </th>
      <td className="plab-runs-state">
        <span className={`plab-state plab-state-${tone}`}>
          <Icon name={icon} />
          {word}
        </span>
      </td>
      <td className="plab-runs-dataset">{datasetOf(job)}</td>
      <td className="plab-runs-result" title={text}>
        {done !== null && (
          <span className="plab-progress" aria-hidden="true">
            <span className="plab-progress-fill" style={{ width: `${100 * done}%` }} />
          </span>
        )}
        {done === null ? text : `${Math.round(100 * done)} % ${text}`}
      </td>
      <td className="plab-runs-when">
        <time dateTime={job.created_at} title={new Date(job.created_at).toLocaleString()}>
          {clock(job.created_at)}
        </time>
      </td>
      <td className="plab-runs-owner">{job.owner}</td>
    </>
  );
});

/** The time of today, the day of what is older. */
function clock(time: string): string {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday
    ? date.toLocaleTimeString(undefined, { timeStyle: 'short' })
    : date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
}
