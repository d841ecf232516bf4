/**
 * Which way a drawing runs: from top to bottom, or from left to right; the same as `patholearn_lab/graph/flow.py`. It is
 * no setting: it is read off where the nodes stand, so that a drawing made by hand, read from elsewhere, undone or
 * pasted has its ports on the right sides too.
 */
import type { GraphDocument } from '../generated';

/** The size of a node, in CSS px at zoom 1. */
export const CARD_WIDTH = 200;
export const CARD_HEIGHT = 72;

export interface Place {
  x: number;
  y: number;
}

/** `along` is the way that data takes, `across` is to the side of it. In CSS px at zoom 1. */
export interface Flow {
  isRight: boolean;
  /** From a node to the next one, where there is room for that. */
  step: number;
  /** The least of it: the ports and the edge between them stay visible. */
  tight: number;
  /** Between nodes beside one another. */
  lane: number;
  along: (place: Place) => number;
  across: (place: Place) => number;
  at: (along: number, across: number) => Place;
}

export const DOWN: Flow = {
  isRight: false,
  step: 120,
  tight: 100,
  lane: 240,
  along: ({ y }) => y,
  across: ({ x }) => x,
  at: (along, across) => ({ x: across, y: along })
};

export const RIGHT: Flow = {
  isRight: true,
  step: 280,
  tight: 250,
  lane: 110,
  along: ({ x }) => x,
  across: ({ y }) => y,
  at: (along, across) => ({ x: along, y: across })
};

/** To the right where the connections lead more to the right than down. */
export function flowOf({ nodes, edges }: Pick<GraphDocument, 'nodes' | 'edges'>): Flow {
  let [right, down] = [0, 0];
  for (const { from, to } of Object.values(edges)) {
    const [source, target] = [nodes[from], nodes[to]];
    if (source && target) {
      right += share((target.x - source.x) / DOWN.lane);
      down += share((target.y - source.y) / DOWN.step);
    }
  }
  return right > down ? RIGHT : DOWN;
}

/** One far node does not turn a drawing. */
function share(steps: number): number {
  return Math.max(-1, Math.min(1, steps));
}
