/** Room on the canvas: cards do not come to lie on one another. */
import type { GraphDocument, GraphNode, Operation } from '../generated';
import { CARD_HEIGHT, CARD_WIDTH } from './layout';

/** From a card to the next below it, where room is short: the port and the edge between them stay visible. */
export const STEP = 100;

/** The nodes whose cards a card at this place would cover, in part at least. */
export function nodesAt(document: GraphDocument, x: number, y: number): [id: string, node: GraphNode][] {
  return Object.entries(document.nodes).filter(
    ([, node]) => Math.abs(node.x - x) < CARD_WIDTH && Math.abs(node.y - y) < CARD_HEIGHT
  );
}

/** The nearest y at or below `y` where a card covers no other. */
export function freeBelow(document: GraphDocument, x: number, y: number): number {
  const [first] = nodesAt(document, x, y);
  return first ? freeBelow(document, x, first[1].y + STEP) : y;
}

/** Moves every node at `y` or lower down by `distance`, except one. */
export function moveDown(document: GraphDocument, y: number, distance: number, except?: string): Operation[] {
  return Object.entries(document.nodes).flatMap(([id, node]): Operation[] =>
    node.y >= y && id !== except && distance > 0 ? [{ op: 'moveNode', id, x: node.x, y: node.y + distance }] : []
  );
}
