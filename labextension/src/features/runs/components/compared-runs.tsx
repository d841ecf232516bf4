import { useState, type ReactNode } from 'react';
import type { JobsApi, RunsTable } from '../../../api';
import { Notice, useAnswer } from '../../../elements';
import { CurveCharts, Stroke } from '../../training/components/curve-charts';
import { comparedCharts, runLook, type Chart } from '../../training/curves';
import { PLAIN_VIEW } from '../../training/curve-view';
import { shown } from '../../training/figures';

interface ComparedRunsProps {
  api: JobsApi;
  ids: readonly string[];
  draw: (chart: Chart) => ReactNode;
}

/** Of each curve: twenty runs then have fewer points than one long one, and stay smooth. */
const POINTS = 400;

/** Runs on the same axes, with a table of what they differ in. */
export function ComparedRuns({ api, ids, draw }: ComparedRunsProps): JSX.Element {
  const [view, setView] = useState(PLAIN_VIEW);
  const [split, setSplit] = useState<'train' | 'valid'>('valid');
  const { value, reason, isLoading } = useAnswer(async () => {
    // The table refuses too many before anything large is read.
    const table = await api.compare(ids);
    const pages = await Promise.all(ids.map(id => api.curves(id, POINTS)));
    return { table, pages };
  }, ids.join(' '));
  if (reason !== undefined) {
    return <Notice reason={reason} />;
  }
  if (!value) {
    return <p className="plab-runs-message">{isLoading ? 'Reading the curves…' : ''}</p>;
  }
  const { table, pages } = value;
  const runs = table.runs.map(({ name }, place) => ({ name, curves: pages[place]?.curves ?? {} }));
  const charts = comparedCharts(runs, split, view);
  return (
    <>
      {charts.length > 0 ? (
        <CurveCharts
          charts={charts}
          view={view}
          onView={setView}
          draw={draw}
          series={[]}
          legend={runs.map(({ name }, place) => runLook(name, place))}
        >
          <label>
            Of
            <select
              value={split}
              onChange={event => {
                setSplit(event.target.value as typeof split);
              }}
            >
              <option value="valid">validation images</option>
              <option value="train">training images</option>
            </select>
          </label>
        </CurveCharts>
      ) : (
        <p className="plab-runs-message">None of these has a curve yet.</p>
      )}
      <Differences table={table} />
    </>
  );
}

/** The settings in which the runs are not all alike, and the best value of each metric. */
function Differences({ table }: { table: RunsTable }): JSX.Element {
  const settings = Object.entries(table.differences);
  const best = [...new Set(table.runs.flatMap(run => Object.keys(run.best)))];
  return (
    <div className="plab-figures plab-figures-scroll" tabIndex={0} role="region" aria-label="Differences">
      <table>
        <caption>
          {settings.length > 0
            ? 'What the runs differ in, and the best value of each metric'
            : 'All settings are alike; the best value of each metric'}
        </caption>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {[...settings.map(([name]) => name), ...best].map(name => (
              <th key={name} scope="col">
                {name.replaceAll('_', ' ')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.runs.map((run, place) => {
            const look = runLook(run.name, place);
            return (
              <tr key={run.id}>
                <th scope="row" title={run.id}>
                  <Stroke look={look} /> {look.series}
                </th>
                {settings.map(([name, values]) => (
                  <td key={name}>{cell(values[place])}</td>
                ))}
                {best.map(name => (
                  <td key={name}>{shown(run.best[name] ?? null)}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function cell(value: unknown): string {
  if (value === null || value === undefined) {
    return '–';
  }
  return typeof value === 'number' || typeof value === 'string' ? shown(value) : JSON.stringify(value);
}
