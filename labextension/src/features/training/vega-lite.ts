/** A chart as a document that JupyterLab's own renderer of Vega-Lite draws. */
import { title, type Chart, type Look } from './curves';
import { AXES } from './curve-view';

/** Evidence: a tone that no curve has. */
const MARK = '#b3439b';
const SHARES = ['accuracy', 'precision', 'recall', 'f1', 'specificity', 'auroc', 'iou', 'dice'];

export function vegaLite(chart: Chart): Record<string, unknown> {
  const looks = chart.looks.filter(look => chart.rows.some(row => row.series === look.series));
  const domain = looks.map(look => look.series);
  const scale = (range: unknown[]): unknown => ({ domain, range });
  const { along, log, zoom } = chart.view;
  const of = (as: Look['as']): { transform: unknown[]; isAny: boolean } => {
    const oneOf = looks.filter(look => look.as === as).map(look => look.series);
    return { transform: [{ filter: { field: 'series', oneOf } }], isAny: oneOf.length > 0 };
  };
  const [thin, curve, point] = [of('thin'), of('curve'), of('point')];
  const zooms = zoom
    ? { params: [{ name: 'zoom', select: { type: 'interval', encodings: ['x'] }, bind: 'scales' }] }
    : {};
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
      ...(thin.isAny
        ? [{ transform: thin.transform, mark: { type: 'line', strokeWidth: 1, opacity: 0.55, clip: zoom } }]
        : []),
      { transform: curve.transform, mark: { type: 'line', strokeWidth: 2, clip: zoom }, ...zooms },
      { transform: curve.transform, mark: { type: 'point', size: 26, filled: true, clip: zoom } },
      ...(point.isAny
        ? [
            {
              transform: point.transform,
              mark: { type: 'point', shape: 'diamond', size: 130, filled: true, clip: zoom }
            }
          ]
        : [])
    ],
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        scale: { zero: true, nice: false },
        axis:
          along === 'epoch'
            ? { title: AXES.epoch, tickMinStep: 1, format: 'd', grid: false }
            : { title: AXES[along], format: along === 'step' ? '~s' : '~g', grid: false }
      },
      y: { field: 'value', type: 'quantitative', scale: scaleOf(chart, log), axis: { title: null, tickCount: 5 } },
      color: { field: 'series', type: 'nominal', scale: scale(looks.map(look => look.color)), legend: null },
      strokeDash: { field: 'series', type: 'nominal', scale: scale(looks.map(look => look.dash)), legend: null },
      tooltip: [
        { field: 'series', title: 'Of' },
        { field: 'x', title: AXES[along], format: '.3~f' },
        { field: 'value', title: title(chart), format: '.4~f' }
      ]
    },
    config: { view: { stroke: null }, axis: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' } }
  };
}

/** A share from 0 to 1, a loss from 0, on a logarithmic axis what there is. */
function scaleOf({ quantity }: Chart, log: boolean): Record<string, unknown> {
  if (log) {
    return { type: 'log', nice: false };
  }
  const isShare = SHARES.some(share => quantity === share || quantity.endsWith(`_${share}`));
  return isShare ? { domain: [0, 1.02], nice: false } : { zero: quantity === 'loss' };
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

/** The last value of each curve as words, for where nothing can draw. */
export function lastValues(chart: Chart): string {
  const last = new Map(chart.rows.map(row => [row.series, row.value]));
  return [...last].map(([series, value]) => `${series}: ${value.toFixed(4)}`).join(', ');
}
