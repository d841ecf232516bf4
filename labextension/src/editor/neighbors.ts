/** Going from node to node with the arrow keys. */
import type { GraphDocument } from '../generated';
import { ROW, Topology } from '../graph';
import type { Direction } from './keys';

/** The node that an arrow key leads to from `node`; the first node where none is selected. */
export function neighbor(document: GraphDocument, node: string | undefined, direction: Direction): string | undefined {
  const here = node === undefined ? undefined : document.nodes[node];
  const all = Object.entries(document.nodes);
  if (node === undefined || !here) {
    return all.sort(([, a], [, b]) => a.y - b.y)[0]?.[0];
  }
  const topology = new Topology(document);
  if (direction === 'down' || direction === 'up') {
    const linked = direction === 'down' ? topology.targets(node)[0] : topology.sources(node)[0];
    const sign = direction === 'down' ? 1 : -1;
    return linked ?? nearest(other => sign * (other.y - here.y) > 0);
  }
  const sign = direction === 'right' ? 1 : -1;
  return nearest(other => sign * (other.x - here.x) > 0 && Math.abs(other.y - here.y) < ROW);

  function nearest(isThere: (other: { x: number; y: number }) => boolean): string | undefined {
    const distance = (other: { x: number; y: number }): number =>
      Math.hypot(other.x - (here?.x ?? 0), other.y - (here?.y ?? 0));
    return all
      .filter(([id, other]) => id !== node && isThere(other))
      .sort(([, a], [, b]) => distance(a) - distance(b))[0]?.[0];
  }
}
