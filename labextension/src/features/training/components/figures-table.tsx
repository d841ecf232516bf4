import type { Job, JobsApi } from '../../../api';
import { CopyButton, Icon, saveFile, useAnswer } from '../../../elements';
import { COLUMNS, asCsv, figureRows, shown, type FigureRow } from '../figures';
import { trainingResult } from '../job-words';

interface FiguresTableProps {
  jobs: JobsApi;
  job: Job;
  /** How many epochs are finished: the table is read anew with each. */
  epochs: number;
}

/** A curve with a single point of each is enough: only the figures are wanted. */
const FEWEST_POINTS = 4;

/** The last and the best value of every metric, of each split, to copy and to save. */
export function FiguresTable({ jobs, job, epochs }: FiguresTableProps): JSX.Element | null {
  const key = `${job.id} ${job.state} ${epochs}`;
  const { value } = useAnswer(() => jobs.curves(job.id, FEWEST_POINTS), key);
  const rows = figureRows(value?.figures ?? [], trainingResult(job)?.test_metrics ?? {});
  if (rows.length === 0) {
    return null;
  }
  return (
    <details className="plab-figures" open>
      <summary>Last and best values</summary>
      <div className="plab-figures-scroll">
        <table>
          <thead>
            <tr>
              {COLUMNS.map(({ name, words }) => (
                <th key={name} scope="col">
                  {words}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <Figures key={`${row.metric} ${row.split}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      <div className="plab-figures-actions">
        <CopyButton text={asCsv(rows, '\t')} label="Copy" />
        <button
          type="button"
          className="plab-button plab-button-quiet"
          title="Save the table as a file that spreadsheets read"
          onClick={() => {
            saveFile(new Blob([asCsv(rows)], { type: 'text/csv' }), `${job.id}.csv`);
          }}
        >
          <Icon name="download" />
          CSV
        </button>
      </div>
    </details>
  );
}

function Figures({ row }: { row: FigureRow }): JSX.Element {
  const [metric, ...others] = COLUMNS;
  return (
    <tr>
      <th scope="row">{shown(row[metric.name])}</th>
      {others.map(({ name }) => (
        <td key={name}>{shown(row[name])}</td>
      ))}
    </tr>
  );
}
