/** Where edges run: from port to port, and around what stands in the way. */
import type { GraphDocument, GraphEdge } from '../generated';
import { CARD_HEIGHT, CARD_WIDTH, type Flow, type Place } from '../graph';
import type { Card, PortMark } from './cards';

/** The two ports of an edge, or undefined where one does not exist. */
export function edgeEnds(
  edge: GraphEdge,
  cards: ReadonlyMap<string, Card>
): { from: PortMark; to: PortMark } | undefined {
  const find = (node: string, side: PortMark['side'], port: string): PortMark | undefined =>
    cards.get(node)?.ports.find(mark => mark.side === side && mark.port.name === port);
  const from = find(edge.from, 'outputs', edge.fromPort);
  const to = find(edge.to, 'inputs', edge.toPort);
  return from && to ? { from, to } : undefined;
}

/** Whether a straight way would run behind other cards: a shortcut past some layers, drawn as an arc. */
export function needsDetour(edge: GraphEdge, cards: ReadonlyMap<string, Card>): boolean {
  const [from, to] = [cards.get(edge.from), cards.get(edge.to)];
  if (!from || !to) {
    return false;
  }
  const { along, across } = from.flow;
  const half = { x: CARD_WIDTH / 2, y: CARD_HEIGHT / 2 };
  const [start, end] = [along(from) + along(half), along(to) - along(half)];
  const middle = (across(from) + across(to)) / 2;
  return (
    Math.abs(across(from) - across(to)) <= across(half) &&
    [...cards.values()].some(
      card => along(card) > start && along(card) < end && Math.abs(across(card) - middle) < across(half) + 10
    )
  );
}

/** The edge within `reach` of a point of the document, the nearest one. Arcs are too seldom to be looked for. */
export function edgeNear(
  document: GraphDocument,
  cards: ReadonlyMap<string, Card>,
  point: Place,
  reach: number
): string | undefined {
  let best: string | undefined;
  let nearest = reach;
  for (const [id, edge] of Object.entries(document.edges)) {
    const ends = needsDetour(edge, cards) ? undefined : edgeEnds(edge, cards);
    const flow = cards.get(edge.from)?.flow;
    const distance =
      ends && flow ? distanceToWay(flow, point, placeOf(ends.from, cards), placeOf(ends.to, cards)) : Infinity;
    if (distance <= nearest) {
      [best, nearest] = [id, distance];
    }
  }
  return best;
}

function placeOf(mark: PortMark, cards: ReadonlyMap<string, Card>): Place {
  const card = cards.get(mark.node);
  return { x: (card?.x ?? 0) + mark.x, y: (card?.y ?? 0) + mark.y };
}

/** The way is the one that cytoscape draws: along to the middle, across, and along again. */
function distanceToWay(flow: Flow, point: Place, from: Place, to: Place): number {
  const middle = (flow.along(from) + flow.along(to)) / 2;
  const corners = [from, flow.at(middle, flow.across(from)), flow.at(middle, flow.across(to)), to];
  return Math.min(...corners.slice(1).map((corner, index) => distanceToSegment(point, corners[index] ?? from, corner)));
}

/** Segments run along an axis. */
function distanceToSegment(point: Place, a: Place, b: Place): number {
  const beyond = (value: number, one: number, other: number): number =>
    Math.max(Math.min(one, other) - value, 0, value - Math.max(one, other));
  return Math.hypot(beyond(point.x, a.x, b.x), beyond(point.y, a.y, b.y));
}
