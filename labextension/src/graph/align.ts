/** Putting nodes in line; each is one undo step. */
import type { GraphDocument, Operation } from '../generated';
import { DOWN } from './flow';

/** One below the other at their mean x, in the order in which they stand, with at least a card's room between. */
export function alignInColumn(document: GraphDocument, ids: Iterable<string>): Operation[] {
  const nodes = chosen(document, ids).sort((a, b) => a.y - b.y);
  const x = mean(nodes.map(node => node.x));
  return moves(
    nodes,
    spread(
      nodes.map(node => node.y),
      DOWN.tight
    ).map(y => ({ x, y }))
  );
}

/** Side by side at their mean y, in the order in which they stand. */
export function alignInRow(document: GraphDocument, ids: Iterable<string>): Operation[] {
  const nodes = chosen(document, ids).sort((a, b) => a.x - b.x);
  const y = mean(nodes.map(node => node.y));
  return moves(
    nodes,
    spread(
      nodes.map(node => node.x),
      DOWN.lane
    ).map(x => ({ x, y }))
  );
}

interface Placed {
  id: string;
  x: number;
  y: number;
}

function chosen(document: GraphDocument, ids: Iterable<string>): Placed[] {
  return [...ids].flatMap(id => {
    const node = document.nodes[id];
    return node ? [{ id, x: node.x, y: node.y }] : [];
  });
}

/** The places, moved on as far as need be to be `least` apart. */
function spread(places: number[], least: number): number[] {
  return places.reduce<number[]>((done, place) => [...done, Math.max(place, (done.at(-1) ?? -Infinity) + least)], []);
}

function moves(nodes: Placed[], places: { x: number; y: number }[]): Operation[] {
  return nodes.flatMap((node, index): Operation[] => {
    const place = places[index] ?? node;
    return place.x === node.x && place.y === node.y ? [] : [{ op: 'moveNode', id: node.id, ...place }];
  });
}

function mean(values: number[]): number {
  return Math.round(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length) / 10) * 10;
}
