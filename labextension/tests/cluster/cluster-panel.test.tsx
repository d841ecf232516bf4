import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  ApiError,
  type ClusterApi,
  type ClusterStatus,
  type ClusterWorker,
  type Job,
  type JobsApi
} from '../../src/api';
import { ClusterPanel } from '../../src/features/cluster/components/cluster-panel';
import { click, draw, fakeEvents, type Drawn } from '../render';
import { job } from '../training/fakes';

let drawn: Drawn | undefined;
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
});

function worker(changes: Partial<ClusterWorker> = {}): ClusterWorker {
  return {
    name: '0',
    address: 'tcp://127.0.0.1:1',
    host: 'lab',
    places: 1,
    jobs: [],
    cores: 8,
    cpu: 25,
    memory_total_mb: 16_000,
    memory_used_mb: 4_000,
    disk_total_mb: 500_000,
    disk_free_mb: 20_000,
    gpu: null,
    ...changes
  };
}

function status(changes: Partial<ClusterStatus> = {}): ClusterStatus {
  return {
    kind: 'dask-local',
    state: 'running',
    jobs_at_once: 1,
    threads_per_job: 8,
    gpus: 0,
    address: 'tcp://127.0.0.1:2',
    dashboard: null,
    error: null,
    waiting: 0,
    can_scale: true,
    workers: [worker()],
    ...changes
  };
}

async function panel(
  one: ClusterStatus,
  jobs: Job[] = [],
  calls: Partial<ClusterApi> = {}
): Promise<{ element: HTMLElement; cluster: ClusterApi }> {
  const cluster: ClusterApi = {
    get: () => Promise.resolve(one),
    scale: vi.fn(() => Promise.resolve(one)),
    stop: vi.fn(() => Promise.resolve(one)),
    ...calls
  };
  const api = { cluster, jobs: { list: () => Promise.resolve(jobs) } as unknown as JobsApi, events: fakeEvents() };
  drawn = await draw(<ClusterPanel api={api} />);
  return { element: drawn.element, cluster };
}

describe('the cluster panel', () => {
  it('shows each worker with its machine and names the jobs on it', async () => {
    const running = job({ id: 'run-7', name: 'LeNet-5' });
    const gpu = { name: 'T4', memory_total_mb: 16_000, memory_used_mb: 2_000, use: 40 };
    const { element } = await panel(status({ gpus: 1, workers: [worker({ jobs: ['run-7'], gpu })] }), [running]);
    const meters = [...element.querySelectorAll('[role=meter]')];
    expect(meters.map(meter => [meter.getAttribute('aria-label'), meter.getAttribute('aria-valuenow')])).toEqual([
      ['Processor', '25'],
      ['Memory', '25'],
      ['GPU memory', '13'],
      ['GPU', '40'],
      ['Disk', '96']
    ]);
    expect(element.querySelector('tbody')?.textContent).toContain('LeNet-5');
    expect(element.textContent).toContain('480 GB of 500 GB full');
  });

  it('lists who waits in the order of the queue, with the reason', async () => {
    const waits = (id: string, place: number): Job =>
      job({ id, name: id, state: 'queued', progress: null, waiting: { place, reason: 'Waits: 1 of 1 job run.' } });
    const { element } = await panel(status(), [waits('second', 2), waits('first', 1), job({ id: 'now', name: 'now' })]);
    const names = [...element.querySelectorAll('.plab-cluster-jobs strong')].map(each => each.textContent);
    expect(names).toEqual(['now', 'first', 'second']);
    expect(element.textContent).toContain('Place 2. Waits: 1 of 1 job run.');
  });

  it('is scaled and closed, and says why that is refused', async () => {
    const refusal = new ApiError({ message: 'The cluster has 1 job and is not closed.', hint: 'Wait for it.' });
    const { element, cluster } = await panel(status(), [], { stop: vi.fn(() => Promise.reject(refusal)) });
    await click(element, '+');
    expect(cluster.scale).toHaveBeenCalledWith(2);
    await click(element, 'Close');
    expect(cluster.stop).not.toHaveBeenCalled();
    await click(element, 'Close it');
    expect(element.querySelector('[role=alert]')?.textContent).toContain('has 1 job and is not closed');
  });

  it('that has not started says when it will, and offers nothing that it cannot do', async () => {
    const { element } = await panel(status({ state: 'idle', workers: [], address: null }));
    expect(element.querySelector('[role=status]')?.textContent).toBe('starts with the first job');
    expect(element.querySelectorAll('button')).toHaveLength(0);
    expect(element.textContent).toContain('No job runs, and none waits.');
  });

  it('says why it did not start', async () => {
    const { element } = await panel(
      status({ state: 'failed', workers: [], error: 'No GPU was found on this machine.' })
    );
    expect(element.querySelector('[role=alert]')?.textContent).toBe('No GPU was found on this machine.');
  });
});
