/** Which lines of the cell belong to which node. */
import type { ReadBack } from '../../generated';
import type { LineRange } from './linked-cell';

export type SourceMap = Pick<ReadBack, 'lines' | 'uses'>;

/** The lines of nodes: where their settings stand, and where `forward` computes them. */
export function linesOf(map: SourceMap, nodes: Iterable<string>): LineRange[] {
  return [...nodes].flatMap(node => [map.lines[node], map.uses[node]].filter(range => range !== undefined));
}

/** The node of a line, the one with the fewest lines; of what is inside a block, the use. */
export function nodeAt(map: SourceMap, line: number): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const [node, [first, last]] of [...Object.entries(map.lines), ...Object.entries(map.uses)]) {
    if (first <= line && line <= last && last - first < fewest) {
      [best, fewest] = [node.split('/')[0], last - first];
    }
  }
  return best;
}
