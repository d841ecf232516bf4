/** Room on the canvas: cards do not come to lie on one another. */
import type { GraphDocument, GraphNode, Operation } from '../generated';
import { CARD_HEIGHT, CARD_WIDTH, type Flow, type Place } from './flow';

/** The nodes whose cards a card at this place would cover, in part at least. */
export function nodesAt(document: GraphDocument, { x, y }: Place): [id: string, node: GraphNode][] {
  return Object.entries(document.nodes).filter(
    ([, node]) => Math.abs(node.x - x) < CARD_WIDTH && Math.abs(node.y - y) < CARD_HEIGHT
  );
}

/** The nearest place at or behind `place`, in the direction of the flow, where a card covers no other. */
export function freePlace(document: GraphDocument, flow: Flow, place: Place): Place {
  const [first] = nodesAt(document, place);
  return first
    ? freePlace(document, flow, flow.at(flow.along(first[1]) + flow.tight, flow.across(place)))
    : { x: place.x, y: place.y };
}

/** Moves every node that stands at `along` or behind it on by `distance`, except one. */
export function moveOn(
  document: GraphDocument,
  flow: Flow,
  along: number,
  distance: number,
  except?: string
): Operation[] {
  return Object.entries(document.nodes).flatMap(([id, node]): Operation[] =>
    flow.along(node) >= along && id !== except && distance > 0
      ? [{ op: 'moveNode', id, ...flow.at(flow.along(node) + distance, flow.across(node)) }]
      : []
  );
}
