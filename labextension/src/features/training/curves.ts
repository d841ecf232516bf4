import type { Evidence, MetricPoint } from '../../api';

/** One quantity over the epochs; the splits are told apart by `series`. */
export interface Chart {
  quantity: string;
  rows: Row[];
  /** What findings point to: parts of curves, and ranges of values. */
  evidence: (Row & { high?: number; mark: string })[];
}

interface Row {
  epoch: number;
  value: number;
  series: string;
}

const STEP_LOSS = 'train_loss_step';
const STEPS = 'single batches of training';

/** The same colors and strokes as the live curves have: middle tones, read on a white and on a black page. */
const LOOKS = [
  { series: STEPS, color: '#7f9fc48c', dash: [1, 0] },
  { series: 'training images', color: '#2f86d6', dash: [1, 0] },
  { series: 'validation images', color: '#d9730d', dash: [6, 4] }
];
/** Evidence: a tone that no curve has. */
const MARK = '#b3439b';
const SERIES: Record<string, string> = { train: 'training images', valid: 'validation images' };
const SHARES = ['accuracy', 'precision', 'recall', 'f1', 'specificity', 'auroc', 'iou', 'dice'];

/** The charts of a run: the loss first, then the accuracy, then the rest. What is no number is left out. */
export function chartsOf(points: MetricPoint[], evidence: Evidence[] = []): Chart[] {
  const perEpoch = points.find(point => point.epoch !== null && !point.name.endsWith('_step'));
  if (!perEpoch) {
    return []; // The first epoch tells how many steps one has; until then the place of a step's loss is not known.
  }
  const stepsAnEpoch = perEpoch.step / ((perEpoch.epoch ?? 0) + 1);
  const charts = new Map<string, Chart>();
  for (const { name, value, step, epoch } of points) {
    const [, split = '', quantity = ''] = /^(train|valid)_(.+)$/.exec(name) ?? [];
    if (value === null || epoch === null || !split) {
      continue;
    }
    const isStep = name === STEP_LOSS;
    if (!isStep && name.endsWith('_step')) {
      continue;
    }
    const shown = isStep ? 'loss' : quantity;
    const chart = charts.get(shown) ?? { quantity: shown, rows: [], evidence: [] };
    charts.set(shown, chart);
    const series = isStep ? STEPS : (SERIES[split] ?? split);
    chart.rows.push({ epoch: isStep ? step / stepsAnEpoch : epoch + 1, value, series });
  }
  for (const [place, { curve, first, last, low, high }] of evidence.entries()) {
    const [, split = '', quantity = ''] = /^(train|valid)_(.+)$/.exec(curve) ?? [];
    const chart = charts.get(quantity);
    const series = SERIES[split] ?? split;
    const mark = String(place);
    if (low !== null && high !== null) {
      chart?.evidence.push(...[0, last].map(epoch => ({ epoch, value: low, high, series, mark })));
    } else {
      const isMeant = (row: Row): boolean => row.series === series && row.epoch >= first && row.epoch <= last;
      chart?.evidence.push(...chart.rows.filter(isMeant).map(row => ({ ...row, mark })));
    }
  }
  return [...charts.values()].sort(
    (one, other) => place(one) - place(other) || (one.quantity < other.quantity ? -1 : 1)
  );
}

function place({ quantity }: Chart): number {
  return quantity === 'loss' ? 0 : quantity === 'accuracy' ? 1 : 2;
}

/** "valid_loss" without its split, as words: "Loss". */
export function title({ quantity }: Chart): string {
  const words = quantity.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Evidence as layers below the curves: a broad stroke along a part of one, a band between two values. */
function marks({ evidence }: Chart): Record<string, unknown>[] {
  const bands = evidence.filter(row => row.high !== undefined);
  const strokes = evidence.filter(row => row.high === undefined);
  const plain = { color: null, strokeDash: null, tooltip: null, detail: { field: 'mark' } };
  return [
    ...(bands.length > 0
      ? [
          {
            data: { values: bands },
            mark: { type: 'area', color: MARK, opacity: 0.16 },
            encoding: { ...plain, y2: { field: 'high' } }
          }
        ]
      : []),
    ...(strokes.length > 0
      ? [
          {
            data: { values: strokes },
            mark: {
              type: 'line',
              color: MARK,
              opacity: 0.35,
              strokeWidth: 11,
              strokeCap: 'round',
              point: { color: MARK, size: 120 }
            },
            encoding: plain
          }
        ]
      : [])
  ];
}

/** The chart as a Vega-Lite document, for JupyterLab's own renderer of those. */
export function vegaLite(chart: Chart): Record<string, unknown> {
  const looks = LOOKS.filter(look => chart.rows.some(row => row.series === look.series));
  const domain = looks.map(look => look.series);
  const scale = (range: unknown[]): unknown => ({ domain, range });
  const isShare = SHARES.some(share => chart.quantity === share || chart.quantity.endsWith(`_${share}`));
  const of = { filter: { field: 'series', oneOf: Object.values(SERIES) } };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    background: 'transparent',
    width: 'container',
    height: 190,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: chart.rows },
    layer: [
      ...marks(chart),
      // The faint line of single batches lies under the others.
      ...(domain.includes(STEPS)
        ? [{ transform: [{ filter: { field: 'series', equal: STEPS } }], mark: { type: 'line', strokeWidth: 1 } }]
        : []),
      { transform: [of], mark: { type: 'line', strokeWidth: 2 } },
      { transform: [of], mark: { type: 'point', size: 26, filled: true } }
    ],
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        scale: { zero: true, nice: false },
        axis: { title: 'Epoch', tickMinStep: 1, format: 'd', grid: false }
      },
      y: {
        field: 'value',
        type: 'quantitative',
        scale: isShare ? { domain: [0, 1.02], nice: false } : { zero: chart.quantity === 'loss' },
        axis: { title: null, tickCount: 5 }
      },
      color: { field: 'series', type: 'nominal', scale: scale(looks.map(look => look.color)), legend: null },
      strokeDash: { field: 'series', type: 'nominal', scale: scale(looks.map(look => look.dash)), legend: null },
      tooltip: [
        { field: 'series', title: 'Of' },
        { field: 'epoch', title: 'Epoch', format: '.3~f' },
        { field: 'value', title: title(chart), format: '.4~f' }
      ]
    },
    config: { view: { stroke: null }, axis: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' } }
  };
}
