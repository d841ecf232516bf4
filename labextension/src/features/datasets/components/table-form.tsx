import { useState } from 'react';
import type { ColumnRole, TableChoices, TableColumn, TablePreview } from '../../../api';
import { count } from '../../../elements';
import { choicesOf, dialectWords, withRole } from '../table-roles';

interface TableFormProps {
  table: TablePreview;
  isBusy: boolean;
  onChoose: (choices: TableChoices) => void;
}

const ROLES: { role: ColumnRole; label: string }[] = [
  { role: 'input', label: 'Learn from it' },
  { role: 'output', label: 'To be told' },
  { role: 'group', label: 'Patient or slide' },
  { role: 'split', label: 'Split' },
  { role: 'left out', label: 'Leave out' }
];
const TYPES: Record<TableColumn['type'], string> = {
  int: 'whole numbers',
  float: 'numbers',
  binary: 'two values',
  label: 'texts'
};

/** How a table is written, its first lines, and what each column is for; the preview follows each choice. */
export function TableForm({ table, isBusy, onChoose }: TableFormProps): JSX.Element {
  const [oneHot, setOneHot] = useState<ReadonlySet<string>>(new Set());
  const choose = (columns: readonly TableColumn[], categories: ReadonlySet<string>): void => {
    setOneHot(categories);
    onChoose(choicesOf(columns, categories));
  };
  const missing = table.columns.filter(column => column.missing > 0 && column.role === 'input');
  return (
    <section aria-label="The table" aria-busy={isBusy}>
      <h3>The table</h3>
      <p className="plab-faint">{dialectWords(table)}</p>
      <div className="plab-table-scroll" tabIndex={0} role="group" aria-label="Its first lines">
        <table className="plab-table">
          <thead>
            <tr>
              {table.columns.map(column => (
                <th key={column.name} scope="col">
                  <strong>{column.name}</strong>
                  <span className="plab-faint">
                    {TYPES[column.type]}
                    {column.missing > 0 && `, ${count(column.missing)} missing`}
                  </span>
                  <select
                    aria-label={`What ${column.name} is for`}
                    disabled={isBusy}
                    value={column.role}
                    onChange={event => {
                      choose(withRole(table.columns, column.name, event.target.value as ColumnRole), oneHot);
                    }}
                  >
                    {ROLES.map(({ role, label }) => (
                      <option key={role} value={role}>
                        {label}
                      </option>
                    ))}
                  </select>
                  {column.role === 'input' && column.type === 'int' && (
                    <label className="plab-check">
                      <input
                        type="checkbox"
                        disabled={isBusy}
                        checked={oneHot.has(column.name)}
                        onChange={event => {
                          const next = new Set(oneHot);
                          if (event.target.checked) {
                            next.add(column.name);
                          } else {
                            next.delete(column.name);
                          }
                          choose(table.columns, next);
                        }}
                      />
                      categories
                    </label>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.lines.map((cells, line) => (
              <tr key={line}>
                {cells.map((cell, place) => (
                  <td key={place}>{cell || <span className="plab-faint">missing</span>}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {missing.length > 0 && (
        <p className="plab-faint">
          A missing number becomes the mean of the training lines, and a further feature says that it was missing.
        </p>
      )}
    </section>
  );
}
