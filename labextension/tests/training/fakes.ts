import type { Job, MetricPoint } from '../../src/api';

export function job(changes: Partial<Job>): Job {
  return {
    id: '20260102-030405-abcd',
    kind: 'training',
    name: 'LeNet-5',
    owner: 'ada',
    visibility: 'private',
    state: 'running',
    created_at: '2026-01-02T03:04:05Z',
    started_at: '2026-01-02T03:04:06Z',
    ended_at: null,
    transitions: [],
    progress: { done: 30, total: 120, stage: 'Training', eta_s: 75 },
    error: null,
    result: null,
    labels: { graph: 'g1', dataset: 'he_tissue' },
    ...changes
  };
}

export function point(name: string, value: number | null, step: number, epoch: number | null): MetricPoint {
  return { seq: 0, name, value, step, epoch, time: '2026-01-02T03:04:05Z' };
}

export const RESULT = {
  test_metrics: { test_accuracy: 0.93, test_loss: 0.2 },
  baseline_accuracy: 0.55,
  confusion: {
    classes: ['normal', 'tumor'],
    matrix: [
      [90, 10],
      [4, 96]
    ]
  },
  epochs: 8,
  train_wall_s: 61.2,
  model: { name: 'lenet-5', version: 3 }
};
