import { useState, type ReactNode } from 'react';
import type { EventsApi, Job, JobsApi } from '../../../api';
import { Notice } from '../../../elements';
import { RunRecord } from '../../training/components/run-record';
import type { Chart } from '../../training/curves';
import { ALL, NEWEST_FIRST, shownJobs } from '../run-list';
import { useJobs } from '../use-jobs';
import { ComparedRuns } from './compared-runs';
import { NoRuns } from './no-runs';
import { RunFilters } from './run-filters';
import { RunTable } from './run-table';
import { SeveralRuns } from './several-runs';

export interface RunsPanelProps {
  api: { jobs: JobsApi; events: EventsApi };
  /** The ids of the runs that are looked at. */
  chosen: readonly string[];
  onChoose: (ids: readonly string[]) => void;
  /** Draws one chart; the host's own renderer does it. */
  draw: (chart: Chart) => ReactNode;
  /** Begins a drawing of a network, for who has no run yet. */
  onDraw?: () => void;
}

/** All runs and jobs, live: one is looked at whole, several are compared. */
export function RunsPanel({ api, chosen, onChoose, draw, onDraw }: RunsPanelProps): JSX.Element {
  const { jobs, problem, showOlder } = useJobs(api);
  const [wanted, setWanted] = useState(ALL);
  const [order, setOrder] = useState(NEWEST_FIRST);
  if (!jobs) {
    return problem === undefined ? <p className="plab-runs-message">Looking for runs…</p> : <Notice reason={problem} />;
  }
  if (jobs.length === 0 && chosen.length === 0) {
    return <NoRuns {...(onDraw && { onDraw })} />;
  }
  const shown = shownJobs(jobs, wanted, order);
  const [only] = chosen;
  return (
    <div className="plab-runs">
      <section className="plab-runs-list" aria-label="All runs">
        <RunFilters jobs={jobs} wanted={wanted} shown={shown.length} onChange={setWanted} />
        {problem !== undefined && <Notice reason={problem} />}
        <RunTable jobs={shown} chosen={chosen} onChoose={onChoose} order={order} onOrder={setOrder} />
        {showOlder && (
          <button type="button" className="plab-button plab-runs-older" onClick={showOlder}>
            Older runs
          </button>
        )}
      </section>
      <section className="plab-runs-chosen" aria-label={chosen.length > 1 ? 'Comparison' : 'Chosen run'}>
        {only === undefined && (
          <p className="plab-runs-message">
            Choose a run to see its curves, its result and its log. Tick several, and they are compared.
          </p>
        )}
        {only !== undefined && chosen.length === 1 && (
          <RunRecord
            key={only}
            api={api}
            request={{ job: only }}
            draw={draw}
            onStarted={({ id }: Job) => {
              onChoose([id]);
            }}
            onDeleted={() => {
              onChoose([]);
            }}
          />
        )}
        {chosen.length > 1 && (
          <>
            <SeveralRuns api={api.jobs} chosen={chosen} jobs={jobs} onChoose={onChoose} />
            <ComparedRuns key={chosen.join(' ')} api={api.jobs} ids={chosen} draw={draw} />
          </>
        )}
      </section>
    </div>
  );
}
