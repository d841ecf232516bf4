/** Going from node to node with the arrow keys. */
import type { GraphDocument } from '../generated';
import { flowOf, Topology } from '../graph';
import type { Direction } from './keys';

/** The node that an arrow key leads to from `node`; the first node where none is selected. */
export function neighbor(document: GraphDocument, node: string | undefined, direction: Direction): string | undefined {
  const here = node === undefined ? undefined : document.nodes[node];
  const all = Object.entries(document.nodes);
  const flow = flowOf(document);
  if (node === undefined || !here) {
    return all.sort(([, a], [, b]) => flow.along(a) - flow.along(b))[0]?.[0];
  }
  const { along, across, step, isRight } = flow;
  const sign = direction === 'down' || direction === 'right' ? 1 : -1;
  const isOnward = (direction === 'right' || direction === 'left') === isRight;
  if (isOnward) {
    const topology = new Topology(document);
    const linked = sign > 0 ? topology.targets(node)[0] : topology.sources(node)[0];
    return linked ?? nearest(other => sign * (along(other) - along(here)) > 0);
  }
  return nearest(other => sign * (across(other) - across(here)) > 0 && Math.abs(along(other) - along(here)) < step);

  function nearest(isThere: (other: { x: number; y: number }) => boolean): string | undefined {
    const distance = (other: { x: number; y: number }): number =>
      Math.hypot(other.x - (here?.x ?? 0), other.y - (here?.y ?? 0));
    return all
      .filter(([id, other]) => id !== node && isThere(other))
      .sort(([, a], [, b]) => distance(a) - distance(b))[0]?.[0];
  }
}
