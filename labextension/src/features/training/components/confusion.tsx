import { count, percent } from '../../../elements';
import type { Counted } from '../job-words';

interface ConfusionProps {
  classes: string[];
  /** Rows are the true classes, columns what the network said. */
  matrix: number[][];
  counts?: Counted;
}

/** Which classes the network takes for which: a table whose cells are darker the larger their part of the row. */
export function Confusion({ classes, matrix, counts = 'images' }: ConfusionProps): JSX.Element {
  return (
    <div className="plab-confusion" tabIndex={0} role="region" aria-label="Confusion matrix">
      <table>
        <caption>
          What the network said about the {counts === 'pixels' ? 'pixels of the ' : ''}test images. Right answers stand
          on the diagonal, framed.
        </caption>
        <thead>
          <tr>
            <th scope="col">truth ↓ answer →</th>
            {classes.map(name => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classes.map((truth, row) => {
            const all = (matrix[row] ?? []).reduce((sum, value) => sum + value, 0);
            return (
              <tr key={truth}>
                <th scope="row">{truth}</th>
                {classes.map((answer, column) => {
                  const value = matrix[row]?.[column] ?? 0;
                  const share = all ? value / all : 0;
                  return (
                    <td
                      key={answer}
                      className={row === column ? 'plab-confusion-right' : undefined}
                      style={{ '--plab-share': share } as React.CSSProperties}
                      title={`${count(value)} of ${count(all)} ${counts} of ${truth} were called ${answer} (${percent(share)})`}
                    >
                      {count(value)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
