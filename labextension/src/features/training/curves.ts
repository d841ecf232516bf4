/** The charts of a run: each quantity with the curves of its splits, what findings point to, and the test's values. */
import type { CurvePage, CurvePoints, Evidence } from '../../api';
import { PLAIN_VIEW, places, smoothed, type CurveView, type Measured } from './curve-view';

export type CurvesByName = CurvePage['curves'];

/** One quantity; its curves are told apart by `series`. */
export interface Chart {
  quantity: string;
  rows: Row[];
  /** What findings point to: parts of curves, and ranges of values. */
  evidence: (Row & { high?: number; mark: string })[];
  /** How each series looks, in the order in which they are drawn. */
  looks: readonly Look[];
  view: CurveView;
}

export interface Row {
  /** Along the axis of the view. */
  x: number;
  value: number;
  series: string;
}

export interface Look {
  series: string;
  color: string;
  dash: readonly [number, number];
  /** A line with points, a thin line, or single points. */
  as: 'curve' | 'thin' | 'point';
}

/** What the test gave, which is measured once, after the last epoch, with the weights of the best one. */
export interface TestValues {
  /** By its name: `test_accuracy`. */
  metrics: Record<string, number>;
  /** Counted from 1. */
  bestEpoch: number;
}

const STEP_LOSS = 'train_loss_step';
export const STEPS = 'single batches of training';
export const TEST = 'test images';

/** The same colors and strokes as the live curves have: middle tones, read on a white and on a black page. */
export const LOOKS: Record<Measured, Look> = {
  step: { series: STEPS, color: '#7f9fc4', dash: [1, 0], as: 'thin' },
  train: { series: 'training images', color: '#2f86d6', dash: [1, 0], as: 'curve' },
  valid: { series: 'validation images', color: '#d9730d', dash: [6, 4], as: 'curve' },
  test: { series: TEST, color: '#1f9d6b', dash: [1, 0], as: 'point' }
};
/** Ten tones that are told apart on both pages (after Okabe and Ito 2008); then once more, dashed. */
const RUN_COLORS = [
  '#2f86d6', '#d9730d', '#1f9d6b', '#b3439b', '#8a7a00', '#cf4446', '#6b6fd6', '#2a97a6', '#9b6a43', '#7d7d7d'
]; // prettier-ignore

interface ChartsOptions {
  view?: CurveView;
  evidence?: readonly Evidence[];
  tests?: TestValues | undefined;
}

/** The charts of a run: the loss first, then the accuracy, then the rest. */
export function chartsOf(curves: CurvesByName, options: ChartsOptions = {}): Chart[] {
  const { view = PLAIN_VIEW, evidence = [], tests } = options;
  const whole = Object.entries(curves).find(([name, curve]) => !name.endsWith('_step') && hasEpochs(curve));
  if (!whole) {
    return []; // The first epoch tells how many steps one has; until then the place of a step's loss is not known.
  }
  const stepsAnEpoch = (whole[1].steps[0] ?? 1) / ((whole[1].epochs[0] ?? 0) + 1);
  const began = beginning(curves);
  const charts = new Map<string, Chart>();
  const chartOf = (quantity: string): Chart => {
    const chart = charts.get(quantity) ?? { quantity, rows: [], evidence: [], looks: Object.values(LOOKS), view };
    charts.set(quantity, chart);
    return chart;
  };
  for (const [name, curve] of Object.entries(curves)) {
    const is = measured(name);
    if (is && !view.hidden.includes(is.split)) {
      const x = places(curve, view.along, began, is.split === 'step' ? stepsAnEpoch : undefined);
      chartOf(is.quantity).rows.push(...rowsOf(x, curve.values, LOOKS[is.split].series, view));
    }
  }
  if (tests && !view.hidden.includes('test')) {
    for (const [name, value] of Object.entries(tests.metrics)) {
      const chart = charts.get(name.replace(/^test_/, ''));
      const x = placeOfEpoch(whole[1], tests.bestEpoch, view, began);
      chart?.rows.push(...rowsOf([x], [value], TEST, { ...view, smoothing: 0 }));
    }
  }
  if (view.along === 'epoch') {
    mark(charts, evidence);
  }
  return [...charts.values()].filter(chart => chart.rows.length > 0).sort(byPlace);
}

/** Several runs on the same axes, each in a color of its own. `split` is what is compared. */
export function comparedCharts(
  runs: readonly { name: string; curves: CurvesByName }[],
  split: 'train' | 'valid',
  view: CurveView = PLAIN_VIEW
): Chart[] {
  const looks = runs.map((run, place) => runLook(run.name, place));
  const charts = new Map<string, Chart>();
  for (const [place, { curves }] of runs.entries()) {
    const began = beginning(curves);
    for (const [name, curve] of Object.entries(curves)) {
      const is = measured(name);
      if (is?.split === split) {
        const chart = charts.get(is.quantity) ?? { quantity: is.quantity, rows: [], evidence: [], looks, view };
        charts.set(is.quantity, chart);
        const x = places(curve, view.along, began);
        chart.rows.push(...rowsOf(x, curve.values, looks[place]?.series ?? '', view));
      }
    }
  }
  return [...charts.values()].sort(byPlace);
}

/** How a run of a comparison looks: the same in the charts and in the table. */
export function runLook(name: string, place: number): Look {
  const color = RUN_COLORS[place % RUN_COLORS.length] ?? '';
  return { series: `${place + 1} ${name}`, color, dash: place < RUN_COLORS.length ? [1, 0] : [6, 4], as: 'curve' };
}

/** "valid_loss" without its split, as words: "Loss". */
export function title({ quantity }: { quantity: string }): string {
  const words = quantity.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Of which images a metric is, and what it measures; undefined for what is no curve of a split. */
function measured(name: string): { split: Measured; quantity: string } | undefined {
  if (name === STEP_LOSS) {
    return { split: 'step', quantity: 'loss' };
  }
  const [, split, quantity] = /^(train|valid)_(.+)$/.exec(name) ?? [];
  return split && quantity && !name.endsWith('_step') ? { split: split as Measured, quantity } : undefined;
}

function rowsOf(x: readonly number[], values: readonly number[], series: string, view: CurveView): Row[] {
  const rows = smoothed(values, view.smoothing).map((value, place) => ({ x: x[place] ?? 0, value, series }));
  // A logarithm of what is not above zero is no place.
  return view.log ? rows.filter(row => row.value > 0) : rows;
}

function hasEpochs(curve: CurvePoints): boolean {
  return curve.epochs.some(epoch => epoch !== null);
}

function beginning(curves: CurvesByName): number {
  return Math.min(...Object.values(curves).flatMap(curve => curve.times.slice(0, 1)));
}

function placeOfEpoch(curve: CurvePoints, epoch: number, view: CurveView, began: number): number {
  const found = curve.epochs.findIndex(one => (one ?? 0) + 1 >= epoch);
  return places(curve, view.along, began).at(found) ?? 0;
}

function mark(charts: Map<string, Chart>, evidence: readonly Evidence[]): void {
  for (const [place, { curve, first, last, low, high }] of evidence.entries()) {
    const is = measured(curve);
    const chart = is && charts.get(is.quantity);
    if (!is || !chart) {
      continue;
    }
    const { series } = LOOKS[is.split];
    const name = String(place);
    if (low !== null && high !== null) {
      chart.evidence.push(...[0, last].map(x => ({ x, value: low, high, series, mark: name })));
    } else {
      const isMeant = (row: Row): boolean => row.series === series && row.x >= first && row.x <= last;
      chart.evidence.push(...chart.rows.filter(isMeant).map(row => ({ ...row, mark: name })));
    }
  }
}

function byPlace(one: Chart, other: Chart): number {
  return rank(one) - rank(other) || (one.quantity < other.quantity ? -1 : 1);
}

function rank({ quantity }: Chart): number {
  return quantity === 'loss' ? 0 : quantity === 'accuracy' ? 1 : 2;
}
