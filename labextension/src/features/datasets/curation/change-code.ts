import type { DatasetChange } from '../../../api';

/** The cell that changes a data set as the screen does. */
export function changeCode(id: string, changes: readonly DatasetChange[]): string {
  const calls = changes.map(change => `datasets.change(${python(id)}, ${python(change)})`);
  return ['import patholearn_lab as lab', '', 'datasets = lab.connect().datasets', ...calls].join('\n');
}

/** A value of JSON as Python writes it. Keys that are numbers are numbers there: they are those of samples. */
export function python(value: unknown): string {
  if (value === null || value === undefined) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (Array.isArray(value)) {
    return `[${value.map(python).join(', ')}]`;
  }
  if (typeof value === 'object') {
    const pairs = Object.entries(value).filter(([, one]) => one !== undefined);
    return `{${pairs.map(([key, one]) => `${/^\d+$/.test(key) ? key : python(key)}: ${python(one)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}
