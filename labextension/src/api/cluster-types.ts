/** A worker, and the machine that it is on: what all programs there use. Sizes are in MB of 1,000,000 bytes. */
export interface ClusterWorker {
  name: string;
  address: string;
  host: string;
  /** How many jobs it may have at the same time. */
  places: number;
  /** The ids of those that it has. */
  jobs: string[];
  cores: number;
  /** In percent of all cores. */
  cpu: number;
  memory_total_mb: number;
  memory_used_mb: number;
  disk_total_mb: number;
  disk_free_mb: number;
  /** `use` is in percent; null where the driver does not say. */
  gpu: { name: string; memory_total_mb: number; memory_used_mb: number; use: number | null } | null;
}

/** The cluster that jobs run on, at one moment. */
export interface ClusterStatus {
  kind: string;
  /** `idle`: it starts with the first job. */
  state: 'idle' | 'starting' | 'running' | 'failed' | 'closed';
  jobs_at_once: number;
  threads_per_job: number;
  gpus: number;
  address: string | null;
  dashboard: string | null;
  error: string | null;
  waiting: number;
  can_scale: boolean;
  workers: ClusterWorker[];
}
