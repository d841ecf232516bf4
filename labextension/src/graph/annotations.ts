/** Frames around nodes, and remarks beside them. Each change is one undo step. */
import type { Color, Frame, GraphDocument, GraphNode, Operation, Remark } from '../generated';
import { CARD_HEIGHT, CARD_WIDTH } from './flow';

export const COLORS: readonly Color[] = ['gray', 'blue', 'green', 'yellow', 'red', 'purple'];
const PADDING = 14;
/** The height of the frame's title. With the gap below it, it fits between two rows of a tidy graph. */
const TITLE = 24;
const GAP = 8;

/** In CSS px at zoom 1. */
export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What a frame encloses; undefined where none of its nodes is there. */
export function frameBox(
  frame: Frame,
  placeOf: (id: string) => Pick<GraphNode, 'x' | 'y'> | undefined
): Rectangle | undefined {
  const places = frame.nodes.flatMap(id => placeOf(id) ?? []);
  if (places.length === 0) {
    return undefined;
  }
  const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
  const left = Math.min(...xs) - CARD_WIDTH / 2 - PADDING;
  const top = Math.min(...ys) - CARD_HEIGHT / 2 - GAP - TITLE;
  return {
    left,
    top,
    width: Math.max(...xs) + CARD_WIDTH / 2 + PADDING - left,
    height: Math.max(...ys) + CARD_HEIGHT / 2 + PADDING - top
  };
}

/** Puts a frame around nodes. One that is around some of them, and around no others, grows instead. */
export function frameNodes(document: GraphDocument, nodes: readonly string[]): { id: string; operations: Operation[] } {
  const chosen = new Set(nodes);
  const grown = Object.entries(document.frames).find(
    ([, frame]) => frame.nodes.length > 0 && frame.nodes.every(node => chosen.has(node))
  );
  const id = grown?.[0] ?? freeId('frame', document.frames);
  const color = COLORS[1 + (Object.keys(document.frames).length % (COLORS.length - 1))] ?? 'blue';
  const frame: Frame = { label: '', color, ...grown?.[1], nodes: [...nodes].sort() };
  return { id, operations: nodes.length > 0 ? [{ op: 'setFrame', id, frame }] : [] };
}

/** Puts an empty remark beside a node, else at a place. */
export function addRemark(
  document: GraphDocument,
  beside: GraphNode | undefined,
  place: { x: number; y: number }
): { id: string; operations: Operation[] } {
  const id = freeId('remark', document.remarks);
  const size = { width: 200, height: 100 };
  const spot = beside ? { x: beside.x + CARD_WIDTH / 2 + 40 + size.width / 2, y: beside.y } : place;
  const free = (): boolean =>
    Object.values(document.remarks).every(other => Math.abs(other.x - spot.x) > 40 || Math.abs(other.y - spot.y) > 40);
  while (!free()) {
    spot.y += size.height + 20;
  }
  const remark: Remark = { text: '', color: 'yellow', x: Math.round(spot.x), y: Math.round(spot.y), ...size };
  return { id, operations: [{ op: 'setRemark', id, remark }] };
}

function freeId(stem: string, taken: Record<string, unknown>): string {
  let number = 1;
  while (`${stem}_${number}` in taken) {
    number += 1;
  }
  return `${stem}_${number}`;
}
