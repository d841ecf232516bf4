import type { ApiErrorData, Job, JobState } from '../../api';
import type { IconName } from '../../elements';

/** What is right or wrong: a class is given to each image, or to each pixel. */
export type Counted = 'images' | 'pixels';

interface StateWords {
  word: string;
  icon: IconName;
  /** What the color says; the word and the sign say it too. */
  tone: 'calm' | 'busy' | 'good' | 'bad' | 'warm';
}

export const STATES: Record<JobState, StateWords> = {
  queued: { word: 'queued', icon: 'clock', tone: 'calm' },
  preparing: { word: 'preparing', icon: 'gear', tone: 'busy' },
  running: { word: 'running', icon: 'play', tone: 'busy' },
  stopping: { word: 'stopping', icon: 'stop', tone: 'warm' },
  paused: { word: 'paused', icon: 'pause', tone: 'calm' },
  done: { word: 'done', icon: 'check', tone: 'good' },
  failed: { word: 'failed', icon: 'cross', tone: 'bad' },
  cancelled: { word: 'cancelled', icon: 'stop', tone: 'warm' },
  lost: { word: 'lost', icon: 'question', tone: 'bad' }
};

/** Whether the job has not ended. */
export function isLive(job: Job): boolean {
  return ['queued', 'preparing', 'running', 'stopping', 'paused'].includes(job.state);
}

/** What an output that gives a class to every pixel got right, by class; null where a class does not occur. */
export interface PerClass {
  output: string;
  dice: Record<string, number | null>;
  iou: Record<string, number | null>;
}

/** What a training gives when it is done. */
export interface TrainingResult {
  test_metrics: Record<string, number>;
  /** What the network took, and the simple rule beside it: images, features, or both. */
  inputs: string[];
  baseline_accuracy: number | null;
  confusion: { classes: string[]; matrix: number[][]; counts?: Counted } | null;
  per_class: PerClass[];
  epochs: number;
  /** Counted from 1: the test was made with its weights. */
  best_epoch: number;
  train_wall_s: number;
  model: { name: string; version: number } | null;
  /** Why there is no model although the training went well; null where there is one. */
  export_error: ApiErrorData | null;
}

/** The result of a job as that of a training; what another kind of job gave is null. */
export function trainingResult(job: Job): TrainingResult | null {
  const result = job.result as Partial<TrainingResult> | null;
  if (!result?.test_metrics) {
    return null;
  }
  return {
    test_metrics: result.test_metrics,
    inputs: result.inputs ?? ['images'],
    baseline_accuracy: result.baseline_accuracy ?? null,
    confusion: result.confusion ?? null,
    per_class: result.per_class ?? [],
    epochs: result.epochs ?? 0,
    best_epoch: result.best_epoch ?? result.epochs ?? 0,
    train_wall_s: result.train_wall_s ?? 0,
    model: result.model ?? null,
    export_error: result.export_error ?? null
  };
}

/** What the simple rule looks at, which a network that takes these inputs is compared with. */
export function ruleSees(inputs: string[]): string {
  const table = inputs.includes('features');
  return inputs.includes('images') ? `color${table ? ' and table' : ''}` : 'the table';
}

/** What the network's accuracy on the test images means beside that of the simple rule, in one sentence. */
export function verdict(
  accuracy: number,
  baseline: number | null,
  counts: Counted = 'images',
  inputs: string[] = ['images']
): string {
  const hundred = Math.round(100 * accuracy);
  if (counts === 'pixels') {
    return `The network got ${hundred} of 100 pixels of the test images right. Where one class fills most of an image, the Dice of each class says more.`;
  }
  const right = `The network got ${hundred} of 100 test images right`;
  if (baseline === null) {
    return `${right}. It never saw them during training.`;
  }
  const seen = ruleSees(inputs);
  const rule = `a simple rule that only looks at ${seen.replace('color', 'the average color')} gets ${Math.round(100 * baseline)}`;
  const gain = accuracy - baseline;
  if (gain > 0.02) {
    return `${right}; ${rule}. So it has learned something that ${seen} alone ${seen.includes(' and ') ? 'do' : 'does'} not tell.`;
  }
  if (gain < -0.02) {
    return `${right}; ${rule}. So the network has not learned enough yet: try more epochs or another learning rate.`;
  }
  return `${right}; ${rule}. That is about the same, so the network may have learned no more than that rule.`;
}
