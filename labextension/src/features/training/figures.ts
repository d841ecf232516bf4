/** The last and the best value of each metric as rows of a table. */
import type { CurveFigure } from '../../api';

export interface FigureRow {
  metric: string;
  split: string;
  last: number | null;
  last_epoch: number | null;
  best: number | null;
  best_epoch: number | null;
}

export const COLUMNS = [
  { name: 'metric', words: 'Metric' },
  { name: 'split', words: 'Of' },
  { name: 'last', words: 'Last' },
  { name: 'last_epoch', words: 'at epoch' },
  { name: 'best', words: 'Best' },
  { name: 'best_epoch', words: 'at epoch' }
] as const satisfies readonly { name: keyof FigureRow; words: string }[];

const SPLITS: Record<string, string> = { train: 'training', valid: 'validation', test: 'test' };

/** The loss first, and of each metric training, validation, test. What is of no split, such as the rate, comes last. */
export function figureRows(figures: readonly CurveFigure[], tests: Readonly<Record<string, number>>): FigureRow[] {
  const curves = figures.map(({ name, ...values }) => ({ ...named(name), ...values }));
  // The test is measured once, with the best weights: it has no last value.
  const tested = Object.entries(tests).map(([name, value]) => ({
    ...named(name),
    last: null,
    last_epoch: null,
    best: value,
    best_epoch: null
  }));
  const order = ['training', 'validation', 'test', ''];
  const rank = (row: FigureRow): number => (row.split === '' ? 2 : row.metric === 'loss' ? 0 : 1);
  return [...curves, ...tested].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      one.metric.localeCompare(other.metric) ||
      order.indexOf(one.split) - order.indexOf(other.split)
  );
}

function named(name: string): Pick<FigureRow, 'metric' | 'split'> {
  const [, split = '', metric = name] = /^(train|valid|test)_(.+)$/.exec(name) ?? [];
  return { metric: metric.replaceAll('_', ' '), split: SPLITS[split] ?? '' };
}

/** A value as the table shows it: four significant digits, epochs as they are. */
export function shown(value: string | number | null): string {
  if (value === null || typeof value === 'string') {
    return value ?? '–';
  }
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** The rows as text with all digits; `separator` is a tab where it is to be pasted into a spreadsheet. */
export function asCsv(rows: readonly FigureRow[], separator = ','): string {
  const lines = rows.map(row => COLUMNS.map(({ name }) => quoted(String(row[name] ?? ''), separator)).join(separator));
  return [COLUMNS.map(({ name }) => name).join(separator), ...lines, ''].join('\n');
}

function quoted(text: string, separator: string): string {
  return text.includes(separator) || /["\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
