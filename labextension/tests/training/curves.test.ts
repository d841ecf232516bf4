import { describe, expect, it } from 'vitest';
import { PLAIN_VIEW } from '../../src/features/training/curve-view';
import { chartsOf, comparedCharts, title, type Chart } from '../../src/features/training/curves';
import { vegaLite } from '../../src/features/training/vega-lite';
import { curvePage, point } from './fakes';

const { curves: TWO_EPOCHS } = curvePage([
  point('train_loss_step', 0.9, 5, 0),
  point('train_loss', 0.8, 10, 0),
  point('valid_loss', 0.7, 10, 0),
  point('valid_accuracy', 0.6, 10, 0),
  point('train_loss_step', 0.5, 15, 1),
  point('valid_loss', 0.4, 20, 1),
  point('valid_accuracy', null, 20, 1),
  point('test_accuracy', 0.9, 20, 1)
]);

describe('the charts of a run', () => {
  it('are one a quantity, the loss first, with what is no number or of the test images left out', () => {
    const charts = chartsOf(TWO_EPOCHS);
    expect(charts.map(title)).toEqual(['Loss', 'Accuracy']);
    expect(charts[1]?.rows).toEqual([{ x: 1, value: 0.6, series: 'validation images' }]);
  });

  it('put the loss of a batch where it was in its epoch', () => {
    const steps = chartsOf(TWO_EPOCHS)[0]?.rows.filter(row => row.series.startsWith('single'));
    expect(steps?.map(row => row.x)).toEqual([0.5, 1.5]);
  });

  it('wait for the first epoch, which tells how many batches one has', () => {
    expect(chartsOf(curvePage([point('train_loss_step', 0.9, 5, 0)]).curves)).toEqual([]);
  });

  it('show all of a share from 0 to 1, and a loss from 0', () => {
    const [loss, accuracy] = chartsOf(TWO_EPOCHS).map(chart => JSON.stringify(vegaLite(chart)));
    expect(accuracy).toContain('"domain":[0,1.02]');
    expect(loss).toContain('"zero":true');
    expect(loss).toContain('"domain":["single batches of training","training images","validation images"]');
  });
});

/** The document of the first chart. */
function drawing([first]: Chart[]): string {
  return JSON.stringify(first && vegaLite(first));
}

describe('how curves are looked at', () => {
  const look = (changes: Partial<typeof PLAIN_VIEW>) => chartsOf(TWO_EPOCHS, { view: { ...PLAIN_VIEW, ...changes } });

  it('is along epochs, steps, or minutes since the first point', () => {
    expect(look({ along: 'step' })[1]?.rows[0]?.x).toBe(10);
    expect(look({ along: 'time' })[1]?.rows[0]?.x).toBe(0);
    expect(drawing(look({ along: 'time' }))).toContain('Minutes');
  });

  it('is smooth by a mean that does not begin at zero', () => {
    const [, second] = (look({ smoothing: 0.5 })[0]?.rows ?? []).filter(row => row.series === 'validation images');
    expect(second?.value).toBeCloseTo(0.5); // of 0.7 and 0.4, the second with twice the weight
  });

  it('is without the series that are hidden, and without a chart that has none left', () => {
    expect(look({ hidden: ['valid'] }).map(title)).toEqual(['Loss']);
  });

  it('is on a logarithmic axis of what is above zero, and zoomed by the wheel only where that is asked for', () => {
    const { curves } = curvePage([point('train_loss', 0, 10, 0), point('train_loss', 0.1, 20, 1)]);
    const charts = chartsOf(curves, { view: { ...PLAIN_VIEW, log: true, zoom: true } });
    expect(charts[0]?.rows).toHaveLength(1);
    expect(drawing(charts)).toContain('"type":"log"');
    expect(drawing(charts)).toContain('"bind":"scales"');
    expect(drawing(look({}))).not.toContain('"bind"');
  });
});

describe('the values of the test', () => {
  it('are points at the epoch whose weights were tested', () => {
    const tests = { metrics: { test_accuracy: 0.9, test_other: 1 }, bestEpoch: 2 };
    const [loss, accuracy] = chartsOf(TWO_EPOCHS, { tests });
    expect(accuracy?.rows.at(-1)).toEqual({ x: 1, value: 0.9, series: 'test images' });
    expect(drawing(accuracy ? [accuracy] : [])).toContain('"shape":"diamond"');
    expect(drawing(loss ? [loss] : [])).not.toContain('"shape"');
  });
});

describe('runs on the same axes', () => {
  it('have a color each, also where two are called the same', () => {
    const run = { name: 'Net', curves: TWO_EPOCHS };
    const [loss, accuracy] = comparedCharts([run, run], 'valid');
    expect(loss?.rows.map(row => [row.series, row.value])).toEqual([
      ['1 Net', 0.7],
      ['1 Net', 0.4],
      ['2 Net', 0.7],
      ['2 Net', 0.4]
    ]);
    expect(accuracy && title(accuracy)).toBe('Accuracy');
    expect(new Set(loss?.looks.map(one => one.color)).size).toBe(2);
  });

  it('are told apart beyond ten by a dashed line', () => {
    const eleven = Array.from({ length: 11 }, () => ({ name: 'Net', curves: TWO_EPOCHS }));
    const looks = comparedCharts(eleven, 'train')[0]?.looks ?? [];
    expect([looks[0]?.dash, looks[10]?.dash]).toEqual([
      [1, 0],
      [6, 4]
    ]);
  });
});

describe('evidence on the charts', () => {
  const part = { low: null, high: null, note: '' };

  it('is the part of the curve that a finding is about', () => {
    const evidence = [{ curve: 'valid_accuracy', first: 1, last: 1, ...part }];
    const [loss, accuracy] = chartsOf(TWO_EPOCHS, { evidence });
    expect(loss?.evidence).toEqual([]);
    expect(accuracy?.evidence).toEqual([{ x: 1, value: 0.6, series: 'validation images', mark: '0' }]);
    expect(JSON.stringify(accuracy && vegaLite(accuracy))).toContain('"strokeWidth":11');
  });

  it('is a band where it is about a range of values', () => {
    const evidence = [{ ...part, curve: 'valid_accuracy', first: 1, last: 2, low: 0.5, high: 0.7 }];
    const accuracy = chartsOf(TWO_EPOCHS, { evidence })[1];
    expect(accuracy?.evidence.map(row => [row.x, row.value, row.high])).toEqual([
      [0, 0.5, 0.7],
      [2, 0.5, 0.7]
    ]);
    expect(JSON.stringify(accuracy && vegaLite(accuracy))).toContain('"type":"area"');
  });
});
