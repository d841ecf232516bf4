/** Where a kind from the palette comes to stand, and what it is connected with. */
import type { Catalog, GraphDocument } from '../generated';
import { type Addition, addNodeAfter, addNodeAt, addNodeOnto } from '../graph';
import { type Card, cardAt } from './cards';
import { edgeNear } from './edge-route';

const GRID = 10;
const EDGE_REACH = 20;

interface Point {
  x: number;
  y: number;
}

/** Dropped at a point of the document: onto the connection there, if the types fit, else to stand alone. */
export function dropped(
  document: GraphDocument,
  catalog: Catalog,
  cards: ReadonlyMap<string, Card>,
  kind: string,
  point: Point
): Addition {
  const place = onGrid(point);
  const edge = cardAt(cards.values(), point.x, point.y) ? undefined : edgeNear(document, cards, point, EDGE_REACH);
  const onto = edge === undefined ? undefined : addNodeOnto(document, catalog, kind, edge, place);
  return onto ?? addNodeAt(document, catalog, kind, place.x, place.y);
}

/** Below the node that is selected, else in the middle of the view. */
export function addedBelow(
  document: GraphDocument,
  catalog: Catalog,
  kind: string,
  selected: string | undefined,
  middle: Point
): Addition {
  const { x, y } = onGrid(middle);
  return selected === undefined
    ? addNodeAt(document, catalog, kind, x, y)
    : addNodeAfter(document, catalog, kind, selected);
}

export function onGrid({ x, y }: Point): Point {
  return { x: GRID * Math.round(x / GRID), y: GRID * Math.round(y / GRID) };
}
