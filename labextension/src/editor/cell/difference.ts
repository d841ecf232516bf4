/** Two texts compared line by line. */

export interface DiffLine {
  sign: ' ' | '-' | '+';
  text: string;
}

/** Above it the table of the comparison would be too large for a browser's patience. */
const LARGEST_TABLE = 4_000_000;

/** The lines of both: `-` only before, `+` only after. The longest common subsequence stays. */
export function differenceOf(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const start = a.findIndex((line, index) => line !== b[index]);
  const head = start < 0 ? Math.min(a.length, b.length) : start;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) {
    tail += 1;
  }
  const same = (lines: string[]): DiffLine[] => lines.map(text => ({ sign: ' ', text }));
  return [
    ...same(a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...same(a.slice(a.length - tail))
  ];
}

function middle(a: string[], b: string[]): DiffLine[] {
  const [rows, columns] = [a.length, b.length];
  const removed = a.map((text): DiffLine => ({ sign: '-', text }));
  const added = b.map((text): DiffLine => ({ sign: '+', text }));
  if (rows * columns > LARGEST_TABLE) {
    return [...removed, ...added];
  }
  // The length of the longest common part of what is left from each place on.
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      lengths[row * width + column] =
        a[row] === b[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const found: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < rows && column < columns) {
    if (a[row] === b[column]) {
      found.push({ sign: ' ', text: a[row] ?? '' });
      [row, column] = [row + 1, column + 1];
    } else if (at(row + 1, column) >= at(row, column + 1)) {
      found.push({ sign: '-', text: a[row] ?? '' });
      row += 1;
    } else {
      found.push({ sign: '+', text: b[column] ?? '' });
      column += 1;
    }
  }
  return [...found, ...removed.slice(row), ...added.slice(column)];
}

/** Only what changed, with some lines around it; null stands for what is left out between. */
export function changedParts(lines: readonly DiffLine[], around = 2): (DiffLine | null)[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(line => line.sign !== ' ')
  );
  return lines.flatMap((line, index): (DiffLine | null)[] =>
    near[index] ? [line] : index > 0 && near[index - 1] ? [null] : []
  );
}
