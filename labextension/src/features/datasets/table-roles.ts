import type { ColumnRole, TableChoices, TableColumn } from '../../api';

const DELIMITERS: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'upright strokes' };

/** How a table is written, in a sentence. */
export function dialectWords(table: { encoding: string; delimiter: string; decimal: string }): string {
  const numbers = table.decimal === ',' ? 'decimal commas' : 'decimal points';
  return `Cells between ${DELIMITERS[table.delimiter] ?? `'${table.delimiter}'`}, numbers with ${numbers}, letters as ${table.encoding}.`;
}

/** What is chosen where one column gets another role; a group and a split are one column at most. */
export function withRole(columns: readonly TableColumn[], name: string, role: ColumnRole): TableColumn[] {
  const isSingle = role === 'group' || role === 'split';
  return columns.map(column =>
    column.name === name
      ? { ...column, role }
      : isSingle && column.role === role
        ? { ...column, role: 'left out' as const }
        : column
  );
}

/** The choices that roles are. */
export function choicesOf(columns: readonly TableColumn[], oneHot: ReadonlySet<string>): TableChoices {
  const named = (role: ColumnRole): string[] => columns.filter(one => one.role === role).map(one => one.name);
  const inputs = named('input');
  const [group] = named('group');
  const [split] = named('split');
  return {
    inputs,
    outputs: named('output'),
    one_hot: inputs.filter(name => oneHot.has(name)),
    ...(group === undefined ? {} : { group }),
    ...(split === undefined ? {} : { split })
  };
}
