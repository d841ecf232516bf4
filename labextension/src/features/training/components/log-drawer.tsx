import { useLayoutEffect, useRef, useState } from 'react';
import type { EventsApi, Job, JobsApi, LogFilter, LogLine } from '../../../api';
import { CopyButton, Icon, Notice, saveFile } from '../../../elements';
import { isLive } from '../job-words';
import { logAddress } from '../log-address';
import { useLog, wholeLog } from '../use-log';
import { LogFilters } from './log-filters';

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
      {isOpen && <Log key={job.id} api={api} job={job} />}
    </details>
  );
}

function Log({ api, job }: LogDrawerProps): JSX.Element {
  const [filter, setFilter] = useState<LogFilter>({});
  const [follows, setFollows] = useState(true);
  const { lines, hasOlder, isLooking, reason, showOlder } = useLog(api, job.id, isLive(job), filter);
  const sessions = Math.max(1, ...lines.map(line => line.session), filter.session ?? 1);
  return (
    <>
      <LogFilters filter={filter} sessions={sessions} onChange={setFilter} />
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
        <span className="plab-faint">
          {isLooking ? 'Looking…' : `${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`}
        </span>
        <span className="plab-spacer" />
        <Taking jobs={api.jobs} jobId={job.id} filter={filter} lines={lines} />
      </div>
      {reason !== undefined && <Notice reason={reason} />}
      <Lines lines={lines} follows={follows} words={filter.search ?? ''}>
        {hasOlder && (
          <button type="button" className="plab-button plab-log-older" disabled={isLooking} onClick={showOlder}>
            Older lines
          </button>
        )}
        {lines.length === 0 && !isLooking && (
          <p className="plab-faint">{isEmpty(filter) ? 'Nothing was written yet.' : 'No line is like that.'}</p>
        )}
      </Lines>
    </>
  );
}

interface LinesProps {
  lines: LogLine[];
  follows: boolean;
  words: string;
  children: React.ReactNode;
}

function Lines({ lines, follows, words, children }: LinesProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const before = useRef({ first: 0, height: 0 });
  const first = lines[0]?.seq ?? 0;
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) {
      return;
    }
    if (first < before.current.first) {
      // Older lines came above: what was looked at stays where it is.
      current.scrollTop += current.scrollHeight - before.current.height;
    } else if (follows) {
      current.scrollTop = current.scrollHeight;
    }
    before.current = { first, height: current.scrollHeight };
  }, [lines, first, follows]);
  return (
    <div className="plab-log-lines" ref={box} role="log" aria-label="Output of the job" tabIndex={0}>
      {children}
      {lines.map((line, place) => (
        <div key={line.seq} className={`plab-log-line plab-log-${line.level}`} title={line.time}>
          {line.session !== lines[place - 1]?.session && line.session > 1 && (
            <span className="plab-log-session">Session {line.session}</span>
          )}
          <span className="plab-log-stream">
            {line.stream === 'stderr' ? 'err' : line.stream === 'stdout' ? 'out' : 'job'}
          </span>
          <span>{marked(line.text, words)}</span>
        </div>
      ))}
    </div>
  );
}

/** What can be done with the lines: copied, downloaded, and reached again by an address. */
function Taking({ jobs, jobId, filter, lines }: { jobs: JobsApi; jobId: string; filter: LogFilter; lines: LogLine[] }) {
  const [reason, setReason] = useState<unknown>();
  const address = logAddress(jobId, filter);
  return (
    <>
      {reason !== undefined && <Notice reason={reason} />}
      <CopyButton text={lines.map(line => line.text).join('\n')} label="Copy" />
      {address !== undefined && <CopyButton text={address} label="Copy link" />}
      <button
        type="button"
        className="plab-button"
        title="All lines that pass the filter, as a text file"
        onClick={() => {
          setReason(undefined);
          wholeLog(jobs, jobId, filter).then(text => {
            saveFile(new Blob([text], { type: 'text/plain' }), `${jobId}.log`);
          }, setReason);
        }}
      >
        <Icon name="download" />
        Download
      </button>
    </>
  );
}

function isEmpty(filter: LogFilter): boolean {
  return Object.values(filter).every(value => value === undefined || value === '');
}

/** A text with the words that were searched for marked. */
function marked(text: string, words: string): React.ReactNode {
  const wanted = words.split(/\s+/).filter(Boolean);
  if (wanted.length === 0) {
    return text;
  }
  const pattern = new RegExp(`(${wanted.map(word => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'gi');
  return text.split(pattern).map((part, place) => (place % 2 === 1 ? <mark key={place}>{part}</mark> : part));
}
