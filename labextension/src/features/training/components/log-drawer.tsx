import { useEffect, useRef, useState } from 'react';
import type { EventsApi, Job, JobsApi, LogLine } from '../../../api';
import { CopyButton, Notice } from '../../../elements';
import { isLive } from '../job-words';
import { useNews } from '../use-news';

/** How many lines the drawer keeps: a page stays quick, and the whole log is in the run folder. */
const KEPT = 5000;

interface LogDrawerProps {
  api: { jobs: JobsApi; events: EventsApi };
  job: Job;
}

/** The output of a job, line by line as it comes. Closed at first: most people need it only when something is odd. */
export function LogDrawer({ api, job }: LogDrawerProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details
      className="plab-log"
      onToggle={event => {
        setIsOpen(event.currentTarget.open);
      }}
    >
      <summary>Log</summary>
      {isOpen && <LogLines key={job.id} api={api} jobId={job.id} goesOn={isLive(job)} />}
    </details>
  );
}

interface LogLinesProps {
  api: LogDrawerProps['api'];
  jobId: string;
  goesOn: boolean;
}

function LogLines({ api, jobId, goesOn }: LogLinesProps): JSX.Element {
  const { lines, reason } = useLog(api, jobId, goesOn);
  const [follows, setFollows] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (follows && box.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [lines, follows]);
  return (
    <>
      <div className="plab-log-bar">
        <label className="plab-check">
          <input
            type="checkbox"
            checked={follows}
            onChange={event => {
              setFollows(event.target.checked);
            }}
          />
          Follow
        </label>
        <CopyButton text={lines.map(line => line.text).join('\n')} label="Copy the log" />
      </div>
      {reason !== undefined && <Notice reason={reason} />}
      <div className="plab-log-lines" ref={box} role="log" aria-label="Output of the job" tabIndex={0}>
        {lines.length === 0 && <p className="plab-faint">Nothing was written yet.</p>}
        {lines.map(line => (
          <div key={line.seq} className={`plab-log-line plab-log-${line.stream}`}>
            <span className="plab-log-stream">
              {line.stream === 'stderr' ? 'err' : line.stream === 'stdout' ? 'out' : 'job'}
            </span>
            <span>{line.text}</span>
          </div>
        ))}
      </div>
    </>
  );
}

/** The lines so far, and those to come. */
function useLog(api: LogDrawerProps['api'], jobId: string, goesOn: boolean): { lines: LogLine[]; reason: unknown } {
  const [lines, setLines] = useState<LogLine[]>([]);
  const [reason, setReason] = useState<unknown>();
  const after = useRef(0);
  useNews(api.events, [`job.${jobId}.log`], goesOn ? 'live' : 'over', async isGone => {
    try {
      for (;;) {
        const page = await api.jobs.log(jobId, after.current);
        if (isGone()) {
          return;
        }
        setReason(undefined);
        if (page.lines.length === 0) {
          return;
        }
        after.current = page.next;
        setLines(before => [...before, ...page.lines].slice(-KEPT));
      }
    } catch (failure) {
      if (!isGone()) {
        setReason(failure);
      }
    }
  });
  return { lines, reason };
}
