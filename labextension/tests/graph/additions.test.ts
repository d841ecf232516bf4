import { describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../src/generated';
import { type Addition, addNodeAfter, addNodeAt, addNodeOnto, apply, CARD_HEIGHT, Topology } from '../../src/graph';
import { catalog, lenet } from './golden';

/** As the template "empty" makes it. */
function empty(): GraphDocument {
  return {
    ...lenet(),
    nodes: {
      data: { kind: 'dataset', params: {}, x: 0, y: 0, note: '' },
      output: { kind: 'classification_output', params: {}, x: 0, y: 600, note: '' }
    },
    edges: {}
  };
}

function added(document: GraphDocument, { operations }: Addition): GraphDocument {
  return apply(document, operations);
}

function expectNoOverlap(document: GraphDocument): void {
  const heights = Object.values(document.nodes)
    .map(node => node.y)
    .sort((a, b) => a - b);
  for (const [index, y] of heights.slice(1).entries()) {
    expect(y - (heights[index] ?? 0)).toBeGreaterThanOrEqual(CARD_HEIGHT);
  }
}

describe('a dropped layer', () => {
  it('stands where it was dropped, if nothing is there', () => {
    const document = added(empty(), addNodeAt(empty(), catalog, 'relu', 0, 250));
    expect(document.nodes.relu_1).toMatchObject({ x: 0, y: 250 });
    expect(document.nodes.output?.y).toBe(600);
  });

  it('goes below what it was dropped on, past everything that stands there', () => {
    let document = empty();
    for (const y of [120, 130, 140]) {
      document = added(document, addNodeAt(document, catalog, 'relu', 20, y));
    }
    expectNoOverlap(document);
    expect(document.nodes.relu_3?.y).toBe(320);
  });

  it('stays above an output that it was dropped on', () => {
    const document = added(empty(), addNodeAt(empty(), catalog, 'relu', 0, 590));
    expect(document.nodes.relu_1?.y).toBe(590);
    expectNoOverlap(document);
    expect(document.nodes.output?.y).toBeGreaterThan(590);
  });

  it('finds room with seven others between data set and output', () => {
    let document = empty();
    for (let row = 1; row <= 8; row += 1) {
      document = added(document, addNodeAt(document, catalog, 'relu', 0, 66 * row));
    }
    expectNoOverlap(document);
    expect(document.nodes.output?.y).toBe(Math.max(...Object.values(document.nodes).map(node => node.y)));
  });
});

describe('a layer dropped onto a connection', () => {
  const edgeAfter = (document: GraphDocument, node: string): string =>
    new Topology(document).outgoing.get(node)?.[0]?.[0] ?? '';

  it('takes its place in the chain, and what is below moves down', () => {
    const before = lenet();
    const [next] = new Topology(before).targets('data');
    const addition = addNodeOnto(before, catalog, 'batch_norm', edgeAfter(before, 'data'), { x: 10, y: 60 });
    const document = apply(before, addition?.operations ?? []);
    expect(new Topology(document).targets('data')).toEqual([addition?.id]);
    expect(new Topology(document).targets(addition?.id ?? '')).toEqual([next]);
    expect(document.nodes[addition?.id ?? '']).toMatchObject({ x: 0, y: 100 });
    expect(Object.keys(document.edges)).toHaveLength(Object.keys(before.edges).length + 1);
    expectNoOverlap(document);
  });

  it('is not put there where the types do not fit', () => {
    const document = lenet();
    expect(addNodeOnto(document, catalog, 'linear', edgeAfter(document, 'data'), { x: 0, y: 60 })).toBeUndefined();
    expect(addNodeOnto(document, catalog, 'flatten', edgeAfter(document, 'data'), { x: 0, y: 60 })).toBeUndefined();
  });
});

describe('layers added one below the other', () => {
  const KINDS = ['conv2d', 'relu', 'max_pool2d', 'conv2d', 'relu', 'max_pool2d', 'flatten', 'linear'];

  it('make a chain from the data set to the output', () => {
    let document = empty();
    let last = 'data';
    const ids = KINDS.map(kind => {
      const addition = addNodeAfter(document, catalog, kind, last);
      document = added(document, addition);
      last = addition.id;
      return last;
    });
    const chain = ['data', ...ids, 'output'];
    const topology = new Topology(document);
    for (const [index, id] of chain.slice(0, -1).entries()) {
      expect(topology.targets(id)).toEqual([chain[index + 1]]);
    }
    expectNoOverlap(document);
    expect(document.nodes.output?.y).toBeGreaterThan(document.nodes.linear_1?.y ?? Infinity);
  });

  it('leave an output alone that has its connection', () => {
    const document = lenet();
    const feeding = new Topology(document).sources('output');
    const flatten = Object.keys(document.nodes).find(id => id.startsWith('flatten')) ?? '';
    const wired = added(document, addNodeAfter(document, catalog, 'relu', flatten));
    expect(new Topology(wired).sources('output')).toEqual(feeding);
  });
});
