import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiEvent, Job, MetricPoint } from '../../src/api';
import { type RunApi, RunValues } from '../../src/editor/run-values';
import type { GraphDocument } from '../../src/generated';
import { catalog, lenet } from '../graph/golden';

const point = (name: string, value: number | null, seq: number): MetricPoint => ({
  seq,
  name,
  value,
  step: seq,
  epoch: seq,
  time: ''
});
const watched = (): GraphDocument => ({
  ...lenet(),
  nodes: { ...lenet().nodes, metric_1: { kind: 'metric', params: {}, x: 0, y: 0, note: '' } },
  edges: { ...lenet().edges, m: { from: 'output', fromPort: 'scores', to: 'metric_1', toPort: 'scores' } }
});

function run(points: MetricPoint[]): { api: RunApi; tell: (event: ApiEvent) => void; subscribed: string[] } {
  const listeners: ((event: ApiEvent) => void)[] = [];
  const subscribed: string[] = [];
  return {
    subscribed,
    tell: event => {
      listeners.forEach(listener => {
        listener(event);
      });
    },
    api: {
      jobs: {
        list: () => Promise.resolve([{ id: 'job_1', labels: { graph: 'g' } } as unknown as Job]),
        metrics: (_, after = 0) => Promise.resolve({ points: points.slice(after), next: points.length })
      },
      events: {
        subscribe: (callback, topics) => {
          listeners.push(callback);
          subscribed.push(...topics);
          return () => {
            subscribed.splice(0, subscribed.length, ...subscribed.filter(topic => !topics.includes(topic)));
          };
        }
      }
    }
  };
}

describe('the values of the last training', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('stand on the output and on the metric, with the smallest and the largest', async () => {
    const points = [0.7, 0.3, 0.45].map((value, epoch) => point('valid_loss', value, epoch));
    points.push(point('valid_accuracy', 0.9123, 3), point('valid_accuracy', null, 4));
    const values = new RunValues(run(points).api, 'g', vi.fn());
    await vi.advanceTimersByTimeAsync(400);
    expect(values.lineOf(watched(), catalog, 'output')).toBe('valid 0.45 (min 0.3, max 0.7)');
    expect(values.lineOf(watched(), catalog, 'metric_1')).toBe('valid 0.912 (min 0.912, max 0.912)');
    expect(values.lineOf(watched(), catalog, 'conv_1')).toBe('');
    values.dispose();
  });

  it('grow while the training goes on, and nothing is listened to after the end', async () => {
    const points = [point('train_loss', 1, 0)];
    const { api, tell, subscribed } = run(points);
    const onChange = vi.fn();
    const values = new RunValues(api, 'g', onChange);
    await vi.advanceTimersByTimeAsync(400);
    points.push(point('train_loss', 2, 1));
    tell({ topic: 'job.job_1.metrics', data: null });
    await vi.advanceTimersByTimeAsync(400);
    expect(values.lineOf(watched(), catalog, 'output')).toBe('train 2 (min 1, max 2)');
    expect(onChange).toHaveBeenCalledTimes(2);
    values.dispose();
    expect(subscribed).toEqual([]);
  });
});
