/** How curves are looked at: along which axis, how smooth, and which of them. */
import type { CurvePoints } from '../../api';

export type Along = 'epoch' | 'step' | 'time';

/** Which images a curve is of; `step` are single batches of training. */
export type Measured = 'train' | 'valid' | 'test' | 'step';

export interface CurveView {
  along: Along;
  log: boolean;
  /** From 0 (as measured) to below 1: the weight of what came before in a running mean. */
  smoothing: number;
  hidden: readonly Measured[];
  /** Whether the wheel zooms; otherwise it scrolls the page. */
  zoom: boolean;
}

export const PLAIN_VIEW: CurveView = { along: 'epoch', log: false, smoothing: 0, hidden: [], zoom: false };

/** The name of each axis. */
export const AXES: Record<Along, string> = { epoch: 'Epoch', step: 'Step', time: 'Minutes' };

/**
 * The running mean of values, in which what came before has the weight `weight`. The first values are divided by the
 * weight that they have together, so that the mean does not begin at zero (as the bias correction of Adam).
 */
export function smoothed(values: readonly number[], weight: number): number[] {
  let mean = 0;
  return values.map((value, place) => {
    mean = weight * mean + (1 - weight) * value;
    return weight > 0 ? mean / (1 - weight ** (place + 1)) : value;
  });
}

/** A curve's places along the axis: epochs are counted from 1; `stepsAnEpoch` places single batches between them. */
export function places(curve: CurvePoints, along: Along, began: number, stepsAnEpoch?: number): number[] {
  switch (along) {
    case 'time':
      return curve.times.map(time => (time - began) / 60);
    case 'step':
      return curve.steps;
    case 'epoch':
      return stepsAnEpoch === undefined
        ? curve.epochs.map(epoch => (epoch ?? 0) + 1)
        : curve.steps.map(step => step / stepsAnEpoch);
  }
}
