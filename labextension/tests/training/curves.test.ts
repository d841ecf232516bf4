import { describe, expect, it } from 'vitest';
import { chartsOf, title, vegaLite } from '../../src/features/training/curves';
import { point } from './fakes';

const TWO_EPOCHS = [
  point('train_loss_step', 0.9, 5, 0),
  point('train_loss', 0.8, 10, 0),
  point('valid_loss', 0.7, 10, 0),
  point('valid_accuracy', 0.6, 10, 0),
  point('train_loss_step', 0.5, 15, 1),
  point('valid_loss', 0.4, 20, 1),
  point('valid_accuracy', null, 20, 1),
  point('test_accuracy', 0.9, 20, 1)
];

describe('the charts of a run', () => {
  it('are one a quantity, the loss first, with what is no number or of the test images left out', () => {
    const charts = chartsOf(TWO_EPOCHS);
    expect(charts.map(title)).toEqual(['Loss', 'Accuracy']);
    expect(charts[1]?.rows).toEqual([{ epoch: 1, value: 0.6, series: 'validation images' }]);
  });

  it('put the loss of a batch where it was in its epoch', () => {
    const steps = chartsOf(TWO_EPOCHS)[0]?.rows.filter(row => row.series.startsWith('single'));
    expect(steps?.map(row => row.epoch)).toEqual([0.5, 1.5]);
  });

  it('wait for the first epoch, which tells how many batches one has', () => {
    expect(chartsOf(TWO_EPOCHS.slice(0, 1))).toEqual([]);
  });

  it('show all of a share from 0 to 1, and a loss from 0', () => {
    const [loss, accuracy] = chartsOf(TWO_EPOCHS).map(chart => JSON.stringify(vegaLite(chart)));
    expect(accuracy).toContain('"domain":[0,1.02]');
    expect(loss).toContain('"zero":true');
    expect(loss).toContain('"domain":["single batches of training","training images","validation images"]');
  });
});

describe('evidence on the charts', () => {
  const part = { low: null, high: null, note: '' };

  it('is the part of the curve that a finding is about', () => {
    const evidence = [{ curve: 'valid_accuracy', first: 1, last: 1, ...part }];
    const [loss, accuracy] = chartsOf(TWO_EPOCHS, evidence);
    expect(loss?.evidence).toEqual([]);
    expect(accuracy?.evidence).toEqual([{ epoch: 1, value: 0.6, series: 'validation images', mark: '0' }]);
    expect(JSON.stringify(accuracy && vegaLite(accuracy))).toContain('"strokeWidth":11');
  });

  it('is a band where it is about a range of values', () => {
    const evidence = [{ ...part, curve: 'valid_accuracy', first: 1, last: 2, low: 0.5, high: 0.7 }];
    const accuracy = chartsOf(TWO_EPOCHS, evidence)[1];
    expect(accuracy?.evidence.map(row => [row.epoch, row.value, row.high])).toEqual([
      [0, 0.5, 0.7],
      [2, 0.5, 0.7]
    ]);
    expect(JSON.stringify(accuracy && vegaLite(accuracy))).toContain('"type":"area"');
  });
});
