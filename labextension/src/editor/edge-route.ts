/** Where edges run: from port to port, and around what stands in the way. */
import type { GraphEdge } from '../generated';
import { CARD_HEIGHT, CARD_WIDTH, type Card, type PortMark } from './cards';

/** The two ports of an edge, or undefined where one does not exist. */
export function edgeEnds(edge: GraphEdge, cards: Map<string, Card>): { from: PortMark; to: PortMark } | undefined {
  const find = (node: string, side: PortMark['side'], port: string): PortMark | undefined =>
    cards.get(node)?.ports.find(mark => mark.side === side && mark.port.name === port);
  const from = find(edge.from, 'outputs', edge.fromPort);
  const to = find(edge.to, 'inputs', edge.toPort);
  return from && to ? { from, to } : undefined;
}

/** Whether a straight way down would run behind other cards: a shortcut past some layers, drawn as an arc. */
export function needsDetour(edge: GraphEdge, cards: Map<string, Card>): boolean {
  const [from, to] = [cards.get(edge.from), cards.get(edge.to)];
  if (!from || !to || Math.abs(from.x - to.x) > CARD_WIDTH / 2) {
    return false;
  }
  return [...cards.values()].some(
    card =>
      card.y > from.y + CARD_HEIGHT / 2 &&
      card.y < to.y - CARD_HEIGHT / 2 &&
      Math.abs(card.x - (from.x + to.x) / 2) < CARD_WIDTH / 2 + 10
  );
}
