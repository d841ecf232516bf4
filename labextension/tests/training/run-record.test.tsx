import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type Job, type MetricPoint } from '../../src/api';
import { RunRecord } from '../../src/features/training/components/run-record';
import type { RunRequest } from '../../src/features/training/use-run';
import { click, doing, draw, fakeEvents, type Drawn } from '../render';
import { RESULT, curvePage, job, point } from './fakes';

let drawn: Drawn | undefined;
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
  vi.useRealTimers();
});

/** A server with one run, which a test changes as it goes. */
function server(now: { job: Job | undefined; points: MetricPoint[] }) {
  const events = fakeEvents();
  const missing = new ApiError({ error: 'job_not_found', message: 'There is no job 7.', hint: 'It was deleted.' });
  const jobs = {
    get: vi.fn(() => (now.job ? Promise.resolve(now.job) : Promise.reject(missing))),
    list: vi.fn(() => Promise.resolve(now.job ? [now.job] : [])),
    curves: vi.fn(() => Promise.resolve(curvePage(now.points))),
    metrics: vi.fn((_id: string, after = 0) =>
      Promise.resolve({ points: now.points.slice(after), next: now.points.length })
    )
  };
  return {
    events,
    jobs: { ...jobs, diagnosis: vi.fn(() => Promise.resolve({ epochs: 1, failure: null, findings: [] })) }
  };
}

async function show(api: ReturnType<typeof server>, request: RunRequest): Promise<HTMLElement> {
  const chart = (one: { quantity: string; rows: unknown[] }): string => `${one.quantity}: ${one.rows.length} points`;
  drawn = await draw(<RunRecord api={api as never} request={request} draw={chart} />);
  return drawn.element;
}

async function passing(ms: number): Promise<void> {
  await doing(() => {
    vi.advanceTimersByTime(ms);
  });
}

describe('the record of a run', () => {
  it('shows how it ended and its curves, and asks no more', async () => {
    const api = server({ job: job({ state: 'done', result: RESULT }), points: [point('valid_loss', 0.5, 10, 0)] });
    const element = await show(api, { job: '20260102-030405-abcd' });
    await passing(10_000);
    expect(element.textContent).toContain('93.0 %');
    expect(element.textContent).toContain('loss: 2 points'); // the one of the curve, and that of the test
    expect(api.events.count()).toBe(0);
    const asked = api.jobs.get.mock.calls.length;
    await passing(10_000);
    expect(api.jobs.get.mock.calls.length).toBe(asked);
  });

  it('turns to the training that is started from it, and follows that', async () => {
    const now = { job: job({ state: 'done', result: RESULT }), points: [] };
    const api = server(now);
    const next = job({ id: 'the-next', name: 'Once more' });
    const copy = vi.fn(() => {
      now.job = next;
      return Promise.resolve(next);
    });
    const element = await show({ ...api, jobs: { ...api.jobs, copy } } as never, { job: '20260102-030405-abcd' });
    await click(element, 'Train again');
    await passing(10_000);
    expect(api.jobs.get).toHaveBeenLastCalledWith('the-next');
    expect(element.textContent).toContain('Once more');
    expect(api.events.count()).toBe(1);
  });

  it('goes on while the training goes on', async () => {
    const now = { job: job({}), points: [point('valid_loss', 0.5, 10, 0)] };
    const api = server(now);
    const element = await show(api, { job: now.job.id });
    await passing(1000);
    now.points = [...now.points, point('valid_loss', 0.4, 20, 1)];
    await doing(() => {
      api.events.send(`job.${now.job.id}`);
    });
    await passing(1000);
    expect(element.textContent).toContain('loss: 2 points');
  });

  it('is that of the newest training of a graph', async () => {
    const now = { job: job({ state: 'done' }), points: [point('valid_loss', 0.5, 10, 0)] };
    const api = server(now);
    const element = await show(api, { graph: 'g1' });
    expect(api.jobs.list).toHaveBeenCalledWith({ kind: 'training', labels: { graph: 'g1' }, limit: 1 });
    await passing(10_000);
    const asked = api.jobs.list.mock.calls.length;
    await passing(10_000);
    expect(api.jobs.list.mock.calls.length).toBe(asked); // nothing goes on: an event tells of the next training
    now.job = job({ id: 'another', name: 'Second try' });
    now.points = [];
    await doing(() => {
      api.events.send('jobs');
    });
    await passing(1000);
    expect(element.textContent).toContain('Second try');
    expect(element.textContent).not.toContain('points');
  });

  it('says where nothing was trained yet, and why a run cannot be read', async () => {
    const none = await show(server({ job: undefined, points: [] }), { graph: 'g1' });
    expect(none.textContent).toContain('Nothing was trained here yet.');
    drawn?.unmount();
    const api = server({ job: undefined, points: [] });
    const gone = await show(api, { job: '7' });
    expect(gone.textContent).toContain('There is no job 7.');
    await passing(10_000);
    const asked = api.jobs.get.mock.calls.length;
    await passing(10_000);
    expect(api.jobs.get.mock.calls.length).toBe(asked);
  });
});
