import { describe, expect, it } from 'vitest';
import { cardsOf } from '../../src/editor/cards';
import { edgeNear } from '../../src/editor/edge-route';
import { isInView, isReadable, startView, wholeView } from '../../src/editor/views';
import { catalog, lenet } from '../graph/golden';

const cards = cardsOf(lenet(), catalog, undefined);
const SIZE = { width: 700, height: 420 };

describe('the view of a graph', () => {
  it('shows the whole graph, whatever the size of the canvas', () => {
    for (const height of [420, 350, 200]) {
      const size = { ...SIZE, height };
      expect(isInView([...cards.values()], wholeView([...cards.values()], size), size)).toBe(true);
    }
  });

  it('begins at the top of a graph that is too long to be read as a whole', () => {
    const all = [...cards.values()];
    expect(isReadable(wholeView(all, SIZE))).toBe(false);
    const start = startView(all, SIZE);
    expect(isInView(all.slice(0, 1), start, SIZE)).toBe(true);
    expect(isInView(all, start, SIZE)).toBe(false);
  });

  it('never shows cards larger than they are', () => {
    expect(wholeView([...cards.values()].slice(0, 1), SIZE).zoom).toBe(1);
  });
});

describe('the edge at a point', () => {
  const document = lenet();
  const [id, edge] = Object.entries(document.edges)[0] ?? ['', undefined];
  const [from, to] = [cards.get(edge?.from ?? ''), cards.get(edge?.to ?? '')];
  const middle = ((from?.y ?? 0) + (to?.y ?? 0)) / 2;

  it('is found beside its line, and not further away', () => {
    expect(edgeNear(document, cards, { x: (from?.x ?? 0) + 12, y: middle }, 20)).toBe(id);
    expect(edgeNear(document, cards, { x: (from?.x ?? 0) + 60, y: middle }, 20)).toBeUndefined();
  });
});
