import { useState, type ReactNode } from 'react';
import type { EventsApi, JobsApi } from '../../../api';
import { Notice } from '../../../elements';
import { chartsOf, title, type Chart } from '../curves';
import { useRun, type RunRequest } from '../use-run';
import { RunDetails } from './run-details';

interface RunRecordProps {
  api: { jobs: JobsApi; events: EventsApi };
  request: RunRequest;
  /** Draws one chart; the host's own renderer does it. */
  draw: (chart: Chart) => ReactNode;
}

/** A run as the server knows it, without the kernel whose widget showed it: state, curves, result, log. */
export function RunRecord({ api, request, draw }: RunRecordProps): JSX.Element {
  const [started, setStarted] = useState<string | null>(null);
  const [pointed, setPointed] = useState('');
  const { job, points, diagnosis, problem, isLooking } = useRun(api, started === null ? request : { job: started });
  const findings = diagnosis?.findings ?? [];
  const evidence = findings.filter(({ code }) => !pointed || code === pointed).flatMap(finding => finding.evidence);
  const charts = chartsOf(points, evidence);
  return (
    <div className="plab-run-only plab-card">
      <p className="plab-faint">
        The notebook&rsquo;s kernel no longer holds this panel, so this is the run as the server keeps it. Run the cell
        again to get the whole panel back.
      </p>
      {job && (
        <RunDetails
          api={api}
          job={job}
          problem={problem}
          diagnosis={diagnosis}
          pointed={pointed}
          onPoint={setPointed}
          onStarted={({ id }) => {
            setStarted(id);
          }}
        />
      )}
      {!job && problem !== null && <Notice reason={problem} />}
      {!job && problem === null && <p>{isLooking ? 'Looking for the run…' : 'Nothing was trained here yet.'}</p>}
      {charts.length > 0 && (
        <div className="plab-charts" role="group" aria-label="Curves">
          {charts.map(chart => (
            <figure key={chart.quantity} className="plab-chart" aria-label={title(chart)}>
              <figcaption>{title(chart)}</figcaption>
              {draw(chart)}
            </figure>
          ))}
          <Legend />
        </div>
      )}
    </div>
  );
}

function Legend(): JSX.Element {
  return (
    <p className="plab-chart-legend plab-faint">
      <span className="plab-chart-train">training images</span>
      <span className="plab-chart-valid">validation images</span>
      <span className="plab-chart-step">single batches of training</span>
    </p>
  );
}
