import { useState, type ReactNode } from 'react';
import type { EventsApi, Job, JobsApi } from '../../../api';
import { Notice } from '../../../elements';
import { LOOKS, chartsOf, type Chart, type TestValues } from '../curves';
import { PLAIN_VIEW, type Measured } from '../curve-view';
import { trainingResult } from '../job-words';
import { useRun, type RunRequest } from '../use-run';
import { CurveCharts } from './curve-charts';
import { RunDetails } from './run-details';

interface RunRecordProps {
  api: { jobs: JobsApi; events: EventsApi };
  request: RunRequest;
  /** Draws one chart; the host's own renderer does it. */
  draw: (chart: Chart) => ReactNode;
  /** What stands above the run. */
  children?: ReactNode;
  /** Told of a run that was started from this one; without it, that one is shown in its place. */
  onStarted?: (job: Job) => void;
  /** Told that the run was deleted; without it, it cannot be. */
  onDeleted?: (job: Job) => void;
}

const SERIES: readonly (readonly [Measured, string])[] = [
  ['train', 'Training'],
  ['valid', 'Validation'],
  ['step', 'Batches'],
  ['test', 'Test']
];

/** A run as the server knows it, without a kernel: state, curves, result, log. */
export function RunRecord({ api, request, draw, children, onStarted, onDeleted }: RunRecordProps): JSX.Element {
  const [started, setStarted] = useState<string | null>(null);
  const [pointed, setPointed] = useState('');
  const [view, setView] = useState(PLAIN_VIEW);
  const { job, curves, diagnosis, problem, isLooking } = useRun(api, started === null ? request : { job: started });
  const findings = diagnosis?.findings ?? [];
  const evidence = findings.filter(({ code }) => !pointed || code === pointed).flatMap(finding => finding.evidence);
  const charts = chartsOf(curves, { view, evidence, tests: testsOf(job) });
  const isDrawn = (series: string): boolean => charts.some(chart => chart.rows.some(row => row.series === series));
  return (
    <div className="plab-run-only plab-card">
      {children}
      {job && (
        <RunDetails
          api={api}
          job={job}
          problem={problem}
          diagnosis={diagnosis}
          pointed={pointed}
          onPoint={setPointed}
          onStarted={
            onStarted ??
            (({ id }) => {
              setStarted(id);
            })
          }
          {...(onDeleted && { onDeleted })}
        >
          {Object.keys(curves).length > 0 && (
            <CurveCharts
              charts={charts}
              view={view}
              onView={setView}
              draw={draw}
              series={SERIES.filter(([name]) => view.hidden.includes(name) || isDrawn(LOOKS[name].series))}
              legend={Object.values(LOOKS).filter(look => isDrawn(look.series))}
            />
          )}
        </RunDetails>
      )}
      {!job && problem !== null && <Notice reason={problem} />}
      {!job && problem === null && <p>{isLooking ? 'Looking for the run…' : 'Nothing was trained here yet.'}</p>}
    </div>
  );
}

function testsOf(job: Job | null): TestValues | undefined {
  const result = job && trainingResult(job);
  return result ? { metrics: result.test_metrics, bestEpoch: result.best_epoch } : undefined;
}
