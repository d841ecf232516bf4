import { useState, type ReactNode } from 'react';
import type { Diagnosis, EventsApi, Job, JobsApi } from '../../../api';
import { ConfirmButton, CopyButton, Notice, duration } from '../../../elements';
import { isLive } from '../job-words';
import { AgainForm } from './again-form';
import { Failure } from './failure';
import { Findings } from './findings';
import { FiguresTable } from './figures-table';
import { ForkButton } from './fork-button';
import { JobProgress } from './job-progress';
import { LogDrawer } from './log-drawer';
import { Result } from './result';
import { RunHistory } from './run-history';
import { StateChip } from './state-chip';
import { Steering } from './steering';

interface RunDetailsProps {
  api: { jobs: JobsApi; events: EventsApi };
  job: Job;
  /** Why the job could not be read just now, in the shape of errors; null where it could. */
  problem: unknown;
  /** What the curves say; null where it is not known. */
  diagnosis: Diagnosis | null;
  /** The code of the finding whose evidence is on the curves, and who is told of another one. */
  pointed: string;
  onPoint: (code: string) => void;
  /** Told of a training that was started from this one, so that the host shows it. */
  onStarted: (job: Job) => void;
  /** Told that the run was deleted; without it, it cannot be. */
  onDeleted?: (job: Job) => void;
  /** The curves, where the host draws them between the state and the result. */
  children?: ReactNode;
}

/** How one run stands: state, progress, cancel, again and on, failure or result, log. */
export function RunDetails(props: RunDetailsProps): JSX.Element {
  const { api, job, problem, diagnosis, pointed, onPoint, onStarted, onDeleted, children } = props;
  const [reason, setReason] = useState<unknown>();
  const [again, setAgain] = useState<{ of: string; changes: Record<string, unknown>; count: number } | null>(null);
  const start = (changes: Record<string, unknown>, checkpoint?: 'last'): Promise<void> => {
    setReason(undefined);
    return api.jobs.copy(job.id, changes, checkpoint).then(onStarted, setReason);
  };
  const open = (changes: Record<string, unknown>): void => {
    setAgain(before => ({ of: job.id, changes, count: (before?.count ?? 0) + 1 }));
  };
  const goesOn = isLive(job);
  return (
    <section className="plab-run" aria-label={`Run ${job.name}`}>
      <header className="plab-run-head">
        <StateChip state={job.state} />
        <strong>{job.name}</strong>
        <span className="plab-faint">{facts(job)}</span>
        <span className="plab-spacer" />
        <CopyButton text={`lab.run("${job.id}")`} label="Copy as code" icon="code" />
        {goesOn && <Steering key={job.id} jobs={api.jobs} job={job} onProblem={setReason} />}
        {!goesOn && job.kind === 'training' && (
          <Restart
            key={job.id}
            onStart={checkpoint => start({}, checkpoint)}
            onChange={() => {
              open({});
            }}
          />
        )}
        {job.kind === 'training' && job.labels['graph'] && (
          <ForkButton key={`fork ${job.id}`} jobs={api.jobs} job={job} />
        )}
        {!goesOn && onDeleted && (
          <ConfirmButton
            label="Delete"
            icon="trash"
            question="Delete this run with its curves, log and checkpoints? A published model stays."
            yes="Delete it"
            no="Keep it"
            onConfirm={() => {
              setReason(undefined);
              api.jobs.delete(job.id).then(() => {
                onDeleted(job);
              }, setReason);
            }}
          />
        )}
      </header>
      {problem !== null && <Notice reason={problem} />}
      {reason !== undefined && <Notice reason={reason} />}
      {goesOn && <JobProgress job={job} />}
      {!goesOn && <Failure job={job} onTry={open} />}
      {!goesOn && again?.of === job.id && (
        <AgainForm
          key={again.count}
          jobs={api.jobs}
          jobId={job.id}
          changes={again.changes}
          onStart={changes => {
            setAgain(null);
            void start(changes);
          }}
          onClose={() => {
            setAgain(null);
          }}
        />
      )}
      {children}
      <Result jobs={api.jobs} job={job} />
      {diagnosis && (
        <Findings diagnosis={diagnosis} pointed={pointed} onPoint={onPoint} {...(goesOn ? {} : { onTry: open })} />
      )}
      <FiguresTable jobs={api.jobs} job={job} epochs={diagnosis?.epochs ?? 0} />
      <RunHistory job={job} />
      <LogDrawer api={api} job={job} />
    </section>
  );
}

interface RestartProps {
  onStart: (checkpoint?: 'last') => Promise<void>;
  /** Opens the form of a training with other settings. */
  onChange: () => void;
}

/** The ways in which an ended training goes further, each as a new run. */
function Restart({ onStart, onChange }: RestartProps): JSX.Element {
  const [isStarting, setIsStarting] = useState(false);
  const start = (checkpoint?: 'last'): void => {
    setIsStarting(true);
    void onStart(checkpoint).finally(() => {
      setIsStarting(false);
    });
  };
  return (
    <div className="plab-run-restart">
      <button
        type="button"
        className="plab-button"
        disabled={isStarting}
        title="From the beginning, with the same code and settings, as a new run"
        onClick={() => {
          start();
        }}
      >
        Train again
      </button>
      <button
        type="button"
        className="plab-button"
        title="From the beginning, with other epochs, batch size, learning rate or seed, as a new run"
        onClick={onChange}
      >
        With other settings
      </button>
      <button
        type="button"
        className="plab-button"
        disabled={isStarting}
        title="As many epochs once more, from where this run stopped, as a new run"
        onClick={() => {
          start('last');
        }}
      >
        Train on
      </button>
    </div>
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
