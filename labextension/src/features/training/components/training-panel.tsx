import { useRef } from 'react';
import type { Diagnosis, EventsApi, Job, JobsApi } from '../../../api';
import { Notice } from '../../../elements';
import { isLive } from '../job-words';
import { RunDetails } from './run-details';
import { TrainingForm, type TrainingCalls } from './training-form';

interface TrainingPanelProps {
  api: { jobs: JobsApi; events: EventsApi };
  calls: TrainingCalls;
  graph: string;
  job: Job | null;
  problem: unknown;
  diagnosis: Diagnosis | null;
  pointed: string;
  onPoint: (code: string) => void;
  /** Shows a training that was started from the one that is shown. */
  onStarted: (job: Job) => void;
}

/** The form, and below it the newest run. */
export function TrainingPanel({ calls, graph, job, ...shown }: TrainingPanelProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  return (
    <div className="plab-training plab-card" ref={root}>
      <TrainingForm
        calls={calls}
        graph={graph}
        root={root}
        isBusy={job !== null && isLive(job) && job.state !== 'paused'}
      />
      {job && <RunDetails job={job} {...shown} />}
      {!job && shown.problem !== null && <Notice reason={shown.problem} />}
    </div>
  );
}
