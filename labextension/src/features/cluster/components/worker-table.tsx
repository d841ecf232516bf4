import type { ClusterWorker, Job } from '../../../api';
import { gigabytes } from '../sizes';

interface WorkerTableProps {
  workers: ClusterWorker[];
  /** Those that have not ended, for their names. */
  jobs: Job[];
}

/** Each worker with its machine: what all programs there use, and the jobs that it has. */
export function WorkerTable({ workers, jobs }: WorkerTableProps): JSX.Element {
  const names = new Map(jobs.map(job => [job.id, job.name || job.kind]));
  const hasGpus = workers.some(worker => worker.gpu);
  return (
    <div className="plab-cluster-scroll">
      <table className="plab-cluster-workers">
        <thead>
          <tr>
            <th scope="col">Worker</th>
            <th scope="col">Processor</th>
            <th scope="col">Memory</th>
            {hasGpus && <th scope="col">GPU memory</th>}
            {hasGpus && <th scope="col">GPU use</th>}
            <th scope="col">Disk</th>
            <th scope="col">Jobs</th>
          </tr>
        </thead>
        <tbody>
          {[...workers].sort(byName).map(worker => (
            <tr key={worker.address}>
              <th scope="row" title={worker.address}>
                {/^\d+$/.test(worker.name) ? `Worker ${worker.name}` : worker.name}
                <span className="plab-faint">{worker.host}</span>
              </th>
              <td>
                <Meter label="Processor" full="busy" share={worker.cpu / 100} words={`${Math.round(worker.cpu)} %`}>
                  of {worker.cores} {worker.cores === 1 ? 'core' : 'cores'}
                </Meter>
              </td>
              <td>
                <Used label="Memory" used={worker.memory_used_mb} total={worker.memory_total_mb} />
              </td>
              {hasGpus && (
                <td>
                  {worker.gpu && (
                    <Used label="GPU memory" used={worker.gpu.memory_used_mb} total={worker.gpu.memory_total_mb} />
                  )}
                </td>
              )}
              {hasGpus && (
                <td>
                  {worker.gpu && worker.gpu.use !== null && (
                    <Meter label="GPU" share={worker.gpu.use / 100} words={`${worker.gpu.use} %`}>
                      {worker.gpu.name}
                    </Meter>
                  )}
                </td>
              )}
              <td>
                <Used label="Disk" used={worker.disk_total_mb - worker.disk_free_mb} total={worker.disk_total_mb} />
              </td>
              <td>
                {worker.jobs.length === 0 ? (
                  <div className="plab-faint">none</div>
                ) : (
                  worker.jobs.map(id => <div key={id}>{names.get(id) ?? id}</div>)
                )}
                <span className="plab-faint">
                  {worker.jobs.length} of {worker.places} {worker.places === 1 ? 'place' : 'places'}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function byName(a: ClusterWorker, b: ClusterWorker): number {
  return a.name.localeCompare(b.name, undefined, { numeric: true });
}

function Used({ label, used, total }: { label: string; used: number; total: number }): JSX.Element {
  return (
    <Meter label={label} share={used / total} words={gigabytes(used)}>
      of {gigabytes(total)}
    </Meter>
  );
}

interface MeterProps {
  label: string;
  /** From 0 to 1. */
  share: number;
  words: string;
  /** What it is called from 90 percent on. */
  full?: string;
  children: React.ReactNode;
}

/** A bar with its figure; nearly full it also says so by a word, not by color alone. */
function Meter({ label, share, words, full = 'full', children }: MeterProps): JSX.Element {
  const percent = Math.round(100 * Math.max(0, Math.min(1, share)));
  const isFull = percent >= 90;
  return (
    <div className="plab-cluster-meter">
      <span>
        {words} <span className="plab-faint">{children}</span>
        {isFull && <strong> {full}</strong>}
      </span>
      <div
        className={isFull ? 'plab-cluster-bar plab-cluster-bar-full' : 'plab-cluster-bar'}
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <span style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}
