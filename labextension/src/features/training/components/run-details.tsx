import { useState } from 'react';
import type { EventsApi, Job, JobsApi } from '../../../api';
import { ConfirmButton, CopyButton, Notice, duration } from '../../../elements';
import { isLive } from '../job-words';
import { Failure } from './failure';
import { JobProgress } from './job-progress';
import { LogDrawer } from './log-drawer';
import { Result } from './result';
import { StateChip } from './state-chip';

interface RunDetailsProps {
  api: { jobs: JobsApi; events: EventsApi };
  job: Job;
  /** Why the job could not be read just now, in the shape of errors; null where it could. */
  problem: unknown;
}

/** How one run stands: state, progress, cancel, failure or result, log. */
export function RunDetails({ api, job, problem }: RunDetailsProps): JSX.Element {
  const [reason, setReason] = useState<unknown>();
  const goesOn = isLive(job);
  return (
    <section className="plab-run" aria-label={`Run ${job.name}`}>
      <header className="plab-run-head">
        <StateChip state={job.state} />
        <strong>{job.name}</strong>
        <span className="plab-faint">{facts(job)}</span>
        <span className="plab-spacer" />
        <CopyButton text={`lab.RunView("${job.id}")`} label="Copy as code" icon="code" />
        {goesOn && job.state !== 'stopping' && (
          <ConfirmButton
            key={job.id}
            label="Cancel"
            icon="stop"
            question="Stop this training?"
            yes="Stop it"
            no="Let it run"
            onConfirm={() => {
              setReason(undefined);
              api.jobs.cancel(job.id).catch(setReason);
            }}
          />
        )}
      </header>
      {problem !== null && <Notice reason={problem} />}
      {reason !== undefined && <Notice reason={reason} />}
      {goesOn && <JobProgress job={job} />}
      {!goesOn && <Failure job={job} />}
      <Result job={job} />
      <LogDrawer api={api} job={job} />
    </section>
  );
}

function facts(job: Job): string {
  const dataset = job.labels['dataset'];
  const begun = job.started_at ? `started ${clock(job.started_at)}` : `asked for ${clock(job.created_at)}`;
  const parts = [dataset ? `on ${dataset}` : '', begun];
  if (job.started_at && job.ended_at) {
    parts.push(`took ${duration((Date.parse(job.ended_at) - Date.parse(job.started_at)) / 1000)}`);
  }
  return parts.filter(Boolean).join(' · ');
}

function clock(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
