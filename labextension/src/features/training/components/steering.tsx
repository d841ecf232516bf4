import { useEffect, useRef, useState } from 'react';
import type { Job, JobsApi, Keep, Priority } from '../../../api';
import { Icon } from '../../../elements';

interface SteeringProps {
  jobs: JobsApi;
  job: Job;
  /** Told why something could not be done; undefined when something is tried anew. */
  onProblem: (reason: unknown) => void;
}

const PRIORITIES: Record<Priority, string> = { high: 'first', normal: 'in turn', low: 'last' };

/** What can be done with a training that has not ended: hold it, let it go on, put it before others, stop it. */
export function Steering({ jobs, job, onProblem }: SteeringProps): JSX.Element | null {
  const [isAsking, setIsAsking] = useState(false);
  const act = (doing: Promise<unknown>): void => {
    onProblem(undefined);
    doing.catch(onProblem);
  };
  if (job.state === 'stopping') {
    return null;
  }
  if (isAsking) {
    return (
      <Question
        hasEpoch={job.resumable && (job.state === 'running' || job.state === 'paused')}
        isPaused={job.state === 'paused'}
        onAnswer={keep => {
          setIsAsking(false);
          if (keep !== undefined) {
            act(jobs.cancel(job.id, keep));
          }
        }}
      />
    );
  }
  return (
    <span className="plab-steering">
      {job.state === 'queued' && (
        <label className="plab-steering-priority" title="Which of your own trainings that wait goes first">
          Goes
          <select
            value={job.priority}
            onChange={event => {
              act(jobs.prioritize(job.id, event.target.value as Priority));
            }}
          >
            {Object.entries(PRIORITIES).map(([value, word]) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
        </label>
      )}
      {job.resumable && job.state !== 'paused' && (
        <button
          type="button"
          className="plab-button"
          title="Stop for now; it goes on from its last finished epoch"
          onClick={() => {
            act(jobs.pause(job.id));
          }}
        >
          <Icon name="pause" />
          Pause
        </button>
      )}
      {job.state === 'paused' && (
        <button
          type="button"
          className="plab-button"
          title="Queue it again; it goes on from its last finished epoch"
          onClick={() => {
            act(jobs.resume(job.id));
          }}
        >
          <Icon name="play" />
          Resume
        </button>
      )}
      <button
        type="button"
        className="plab-button"
        onClick={() => {
          setIsAsking(true);
        }}
      >
        <Icon name="stop" />
        Cancel
      </button>
    </span>
  );
}

interface QuestionProps {
  /** Whether there may be an epoch to make a model of. */
  hasEpoch: boolean;
  isPaused: boolean;
  /** Told what to keep: null for neither a model nor a loss of checkpoints, undefined to let it run. */
  onAnswer: (keep: Keep | null | undefined) => void;
}

/** Asks in place what is to be kept. */
function Question({ hasEpoch, isPaused, onAnswer }: QuestionProps): JSX.Element {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    first.current?.focus();
  }, []);
  const answers: [string, Keep | null | undefined, string][] = [
    [isPaused ? 'Leave it paused' : 'Let it run', undefined, ''],
    ...(hasEpoch && !isPaused
      ? ([
          ['Keep the best epoch', 'best', 'Tests the best epoch so far and makes a model of it'],
          ['Keep the last epoch', 'last', 'Tests the last finished epoch and makes a model of it']
        ] as [string, Keep, string][])
      : []),
    ['Make no model', null, 'Its curves stay, and it can be trained on later'],
    ...(hasEpoch ? ([['Keep nothing', 'nothing', 'Removes its checkpoints as well']] as [string, Keep, string][]) : [])
  ];
  const question = hasEpoch && !isPaused ? 'Stop this training? What shall be kept?' : 'Stop this training?';
  return (
    <span
      className="plab-confirm"
      role="group"
      aria-label={question}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          onAnswer(undefined);
        }
      }}
    >
      <span>{question}</span>
      {answers.map(([label, keep, title], number) => (
        <button
          key={label}
          type="button"
          ref={number === 0 ? first : undefined}
          className={keep === 'nothing' ? 'plab-button plab-button-danger' : 'plab-button'}
          title={title || undefined}
          onClick={() => {
            onAnswer(keep);
          }}
        >
          {label}
        </button>
      ))}
    </span>
  );
}
