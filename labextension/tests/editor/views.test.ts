import { describe, expect, it } from 'vitest';
import { cardsOf } from '../../src/editor/cards';
import { edgeNear } from '../../src/editor/edge-route';
import { neighbor } from '../../src/editor/neighbors';
import { isInView, isReadable, startView, wholeView } from '../../src/editor/views';
import { addNodeAfter, apply, arrange, DOWN, flowOf, RIGHT, Topology } from '../../src/graph';
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

describe('a drawing from left to right', () => {
  const turned = apply(lenet(), arrange(lenet(), RIGHT));
  const all = cardsOf(turned, catalog, undefined);
  const one = all.get('conv_1');

  it('has its inputs at the left and its outputs at the right', () => {
    expect(flowOf(lenet())).toBe(DOWN);
    expect(flowOf(turned)).toBe(RIGHT);
    expect(one?.ports.map(({ side, x, y }) => [side, x, y])).toEqual([
      ['inputs', -100, 0],
      ['outputs', 100, 0]
    ]);
  });

  it('begins at the left where it is too long, and its connections are found beside their lines', () => {
    const start = startView([...all.values()], SIZE);
    expect(isInView([...all.values()].slice(0, 1), start, SIZE)).toBe(true);
    expect(start.pan.x).toBeGreaterThan(0);
    const [id = ''] = Object.entries(turned.edges).find(([, edge]) => edge.from === 'conv_1') ?? [];
    expect(edgeNear(turned, all, { x: (one?.x ?? 0) + 140, y: (one?.y ?? 0) + 12 }, 20)).toBe(id);
  });

  it('grows to the right, and what is behind makes room', () => {
    const { id, operations } = addNodeAfter(turned, catalog, 'relu', 'conv_1');
    const grown = apply(turned, operations);
    expect(grown.nodes[id]).toMatchObject({ x: (one?.x ?? 0) + 280, y: one?.y });
    expect(flowOf(grown)).toBe(RIGHT);
    const xs = Object.values(grown.nodes).map(({ x }) => x);
    expect(new Set(xs).size).toBe(xs.length);
    expect(Object.values(grown.nodes).every(({ y }) => y === 0)).toBe(true);
  });

  it('is walked through with the arrows to the right and left', () => {
    expect(neighbor(turned, 'conv_1', 'right')).toBe(new Topology(turned).targets('conv_1')[0]);
    expect(neighbor(turned, neighbor(turned, 'conv_1', 'right'), 'left')).toBe('conv_1');
  });

  it('is turned back', () => {
    expect(flowOf(apply(turned, arrange(turned, DOWN)))).toBe(DOWN);
    expect(arrange(turned)).toEqual([]);
  });
});
