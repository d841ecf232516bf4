import { describe, expect, it } from 'vitest';
import { asCsv, figureRows, shown } from '../../src/features/training/figures';

const figure = (name: string, last: number, best: number) => ({ name, last, last_epoch: 3, best, best_epoch: 2 });
const ROWS = figureRows(
  [figure('learning_rate', 0.001, 0.001), figure('valid_loss', 0.51234567, 0.4), figure('train_loss', 0.2, 0.2)],
  { test_loss: 0.45 }
);

describe('the table of last and best values', () => {
  it('has the loss first, each split in its order, and the rate last', () => {
    expect(ROWS.map(row => `${row.metric} ${row.split}`.trim())).toEqual([
      'loss training',
      'loss validation',
      'loss test',
      'learning rate'
    ]);
  });

  it('shows four digits, and what there is not as a dash', () => {
    expect([ROWS[1]?.last ?? 0, ROWS[1]?.best_epoch ?? 0, ROWS[2]?.last ?? null, 0.00012346].map(shown)).toEqual([
      '0.5123',
      '2',
      '–',
      '0.0001235'
    ]);
  });

  it('is a CSV with all digits, and with tabs where it is pasted', () => {
    expect(asCsv(ROWS).split('\n').slice(0, 3)).toEqual([
      'metric,split,last,last_epoch,best,best_epoch',
      'loss,training,0.2,3,0.2,2',
      'loss,validation,0.51234567,3,0.4,2'
    ]);
    expect(asCsv(ROWS, '\t')).toContain('loss\ttest\t\t\t0.45\t');
  });

  it('quotes a name that would break a line', () => {
    const [row] = figureRows([figure('valid_a,"b"', 1, 1)], {});
    expect(asCsv(row ? [row] : [])).toContain('"a,""b""",validation');
  });
});
