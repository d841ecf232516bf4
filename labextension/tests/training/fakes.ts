import type { CurvePage, Diagnosis, Job, MetricPoint } from '../../src/api';
import { appended } from '../../src/features/training/appending';

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
    priority: 'normal',
    session: 1,
    resumable: true,
    waiting: null,
    labels: { graph: 'g1', dataset: 'he_tissue' },
    ...changes
  };
}

export function point(name: string, value: number | null, step: number, epoch: number | null): MetricPoint {
  return { seq: 0, name, value, step, epoch, time: '2026-01-02T03:04:05Z' };
}

/** A page of curves with these points. */
export function curvePage(points: MetricPoint[]): CurvePage {
  return { curves: appended({}, points), figures: [], next: points.length };
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

export const OVERFITTING: Diagnosis = {
  epochs: 12,
  failure: null,
  findings: [
    {
      code: 'overfitting',
      severity: 'warning',
      title: 'Overfitting',
      sentence: 'Since epoch 5 the validation loss has risen from 0.3 to 0.65.',
      explanation: 'The network learns the training images by heart.',
      evidence: [{ curve: 'valid_loss', first: 5, last: 12, low: null, high: null, note: 'it rises' }],
      remedies: [
        { label: 'Stop earlier: train 5 epochs.', changes: { epochs: 5 } },
        { label: 'Add dropout.', changes: {} }
      ]
    }
  ]
};
