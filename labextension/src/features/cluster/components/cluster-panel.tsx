import { useState } from 'react';
import type { ClusterApi, ClusterStatus, EventsApi, Job, JobsApi } from '../../../api';
import { ConfirmButton, Icon, Notice, type IconName } from '../../../elements';
import { useNews } from '../../training/use-news';
import { isLive } from '../../training/job-words';
import { JobList } from './job-list';
import { WorkerTable } from './worker-table';

export interface ClusterPanelProps {
  api: { cluster: ClusterApi; jobs: JobsApi; events: EventsApi };
  /** Opens Dask's dashboard in the Dask extension; left out where that is not installed. */
  onDashboard?: () => void;
}

const KINDS: Record<string, string> = {
  'dask-local': 'Dask on this machine',
  'dask-cuda': 'GPUs of this machine',
  'dask-address': 'A Dask scheduler',
  'dask-gateway': 'A Dask Gateway',
  'dask-configured': "The cluster of Dask's configuration",
  threads: 'This machine, without Dask'
};

const STATES: Record<ClusterStatus['state'], { words: string; icon: IconName; tone: string }> = {
  idle: { words: 'starts with the first job', icon: 'clock', tone: 'calm' },
  starting: { words: 'starting', icon: 'gear', tone: 'busy' },
  running: { words: 'running', icon: 'check', tone: 'good' },
  failed: { words: 'did not start', icon: 'cross', tone: 'bad' },
  closed: { words: 'closed', icon: 'stop', tone: 'warm' }
};

/** Where jobs run, live: workers with their machines, the jobs on them and those that wait. */
export function ClusterPanel({ api, onDashboard }: ClusterPanelProps): JSX.Element {
  const [cluster, setCluster] = useState<ClusterStatus | null>(null);
  const [jobs, setJobs] = useState<Job[]>([]);
  const [problem, setProblem] = useState<unknown>();
  const [refusal, setRefusal] = useState<unknown>();
  useNews(api.events, ['jobs'], 'live', async isGone => {
    try {
      const [status, found] = await Promise.all([api.cluster.get(), api.jobs.list({ limit: 200 })]);
      if (!isGone()) {
        setCluster(status);
        setJobs(found.filter(isLive));
        setProblem(undefined);
      }
    } catch (reason) {
      if (!isGone()) {
        setProblem(reason);
      }
    }
  });
  const change = (changing: Promise<ClusterStatus>): void => {
    setRefusal(undefined);
    changing.then(setCluster, setRefusal);
  };
  return (
    <section className="plab-cluster" aria-label="Cluster">
      {cluster && <Head cluster={cluster} onChange={change} api={api.cluster} onDashboard={onDashboard} />}
      {!cluster && problem === undefined && <p className="plab-faint">Looking at the cluster …</p>}
      {problem !== undefined && <Notice reason={problem} />}
      {refusal !== undefined && <Notice reason={refusal} />}
      {cluster?.error && (
        <div className="plab-notice" role="alert">
          <Icon name="warning" />
          <p className="plab-notice-message">{cluster.error}</p>
        </div>
      )}
      {cluster && cluster.workers.length > 0 && <WorkerTable workers={cluster.workers} jobs={jobs} />}
      {cluster && <JobList jobs={jobs} />}
    </section>
  );
}

interface HeadProps {
  cluster: ClusterStatus;
  api: ClusterApi;
  onChange: (changing: Promise<ClusterStatus>) => void;
  onDashboard: (() => void) | undefined;
}

function Head({ cluster, api, onChange, onDashboard }: HeadProps): JSX.Element {
  const { words, icon, tone } = STATES[cluster.state];
  const workers = cluster.workers.length;
  const runs = cluster.state === 'running';
  return (
    <header className="plab-cluster-head">
      <span className={`plab-state plab-state-${tone}`} role="status">
        <Icon name={icon} />
        {words}
      </span>
      <strong>{KINDS[cluster.kind] ?? cluster.kind}</strong>
      <span className="plab-faint">
        {[
          `${cluster.jobs_at_once} ${cluster.jobs_at_once === 1 ? 'job' : 'jobs'} at a time`,
          `${cluster.threads_per_job} ${cluster.threads_per_job === 1 ? 'thread' : 'threads'} each`,
          cluster.gpus ? `${cluster.gpus} ${cluster.gpus === 1 ? 'GPU' : 'GPUs'}` : ''
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
      <span className="plab-spacer" />
      {runs && cluster.dashboard && (
        <a className="plab-button" href={cluster.dashboard} target="_blank" rel="noreferrer">
          Dask’s dashboard
        </a>
      )}
      {runs && onDashboard && (
        <button type="button" className="plab-button" onClick={onDashboard}>
          Dask extension
        </button>
      )}
      {runs && cluster.can_scale && cluster.kind !== 'threads' && (
        <span className="plab-cluster-scale" role="group" aria-label="Number of workers">
          <button
            type="button"
            className="plab-button"
            aria-label="One worker less"
            disabled={workers <= 1}
            onClick={() => {
              onChange(api.scale(workers - 1));
            }}
          >
            −
          </button>
          <span>
            {workers} {workers === 1 ? 'worker' : 'workers'}
          </span>
          <button
            type="button"
            className="plab-button"
            aria-label="One worker more"
            onClick={() => {
              onChange(api.scale(workers + 1));
            }}
          >
            +
          </button>
        </span>
      )}
      {runs && cluster.kind !== 'threads' && (
        <ConfirmButton
          label="Close"
          icon="stop"
          question="Close the cluster? The next job starts it again."
          yes="Close it"
          no="Leave it"
          onConfirm={() => {
            onChange(api.stop());
          }}
        />
      )}
    </header>
  );
}
