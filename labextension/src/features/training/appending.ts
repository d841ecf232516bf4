import type { CurvePoints, MetricPoint } from '../../api';
import type { CurvesByName } from './curves';

/** The curves with further points at their ends. What is no number is left out. Curves without news stay the same. */
export function appended(curves: CurvesByName, points: readonly MetricPoint[]): CurvesByName {
  const grown: CurvesByName = { ...curves };
  const copied = new Set<string>();
  for (const { name, value, step, epoch, time } of points) {
    if (value === null) {
      continue;
    }
    const curve = copied.has(name) ? grown[name] : copyOf(grown[name]);
    if (curve) {
      copied.add(name);
      grown[name] = curve;
      curve.steps.push(step);
      curve.epochs.push(epoch);
      curve.times.push(Date.parse(time) / 1000);
      curve.values.push(value);
      curve.total += 1;
    }
  }
  return grown;
}

function copyOf(curve: CurvePoints | undefined): CurvePoints {
  const { steps = [], epochs = [], times = [], values = [], total = 0 } = curve ?? {};
  return { steps: [...steps], epochs: [...epochs], times: [...times], values: [...values], total };
}
