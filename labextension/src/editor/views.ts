/** Which part of the document a canvas shows: the whole graph, or its beginning where that would be too small to read. */
import { DOWN } from '../graph';
import { CARD_HEIGHT, CARD_WIDTH, type Card } from './cards';
import type { Viewport } from './session';

const PADDING = 20;
/** A whole graph that is smaller than this shows nothing one can read. */
const SMALLEST_READABLE_ZOOM = 0.45;
const SMALLEST_ZOOM = 0.1;
const FIRST_ZOOM = 0.85;

/** In CSS px. */
export interface Size {
  width: number;
  height: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** All cards, at their own size at most. */
export function wholeView(cards: readonly Card[], size: Size): Viewport {
  const { left, right, top, bottom } = boxOf(cards);
  const zoom = Math.min(1, (size.width - 2 * PADDING) / (right - left), (size.height - 2 * PADDING) / (bottom - top));
  return viewAround((left + right) / 2, (top + bottom) / 2, Math.max(zoom, SMALLEST_ZOOM), size);
}

/** The card that the flow begins with, at the edge where it comes in. */
export function startView(cards: readonly Card[], size: Size): Viewport {
  const flow = cards[0]?.flow ?? DOWN;
  const first = [...cards].sort((a, b) => flow.along(a) - flow.along(b))[0] ?? { x: 0, y: 0 };
  const { left, top } = boxOf(cards);
  const begin = PADDING - FIRST_ZOOM * (flow.isRight ? left : top);
  const middle = flow.across({ x: size.width, y: size.height }) / 2 - FIRST_ZOOM * flow.across(first);
  return { zoom: FIRST_ZOOM, pan: flow.at(begin, middle) };
}

/** A point of the document in the middle. */
export function viewAround(x: number, y: number, zoom: number, size: Size): Viewport {
  return { zoom, pan: { x: size.width / 2 - zoom * x, y: size.height / 2 - zoom * y } };
}

export function isReadable(view: Viewport): boolean {
  return view.zoom >= SMALLEST_READABLE_ZOOM;
}

/** Whether nothing of these cards is cut off. */
export function isInView(cards: readonly Card[], { zoom, pan }: Viewport, size: Size): boolean {
  const { left, right, top, bottom } = boxOf(cards);
  return (
    left * zoom + pan.x > 0 &&
    right * zoom + pan.x < size.width &&
    top * zoom + pan.y > 0 &&
    bottom * zoom + pan.y < size.height
  );
}

function boxOf(cards: readonly Card[]): Box {
  return {
    left: Math.min(...cards.map(card => card.x)) - CARD_WIDTH / 2,
    right: Math.max(...cards.map(card => card.x)) + CARD_WIDTH / 2,
    top: Math.min(...cards.map(card => card.y)) - CARD_HEIGHT / 2,
    bottom: Math.max(...cards.map(card => card.y)) + CARD_HEIGHT / 2
  };
}
