import { describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../src/generated';
import {
  addNodeWith,
  apply,
  invert,
  kindsAt,
  kindsInPlaceOf,
  kindsToAdd,
  type OpenPort,
  portOf,
  swapKind
} from '../../src/graph';
import { catalog, lenet } from './golden';

function open(document: GraphDocument, node: string, side: OpenPort['side'], name: string): OpenPort {
  const port = portOf(document, catalog, node, side, name);
  if (!port) {
    throw new Error(`${node} has no ${name}`);
  }
  return { node, side, port };
}

const names = (kinds: { kind: string }[]): string[] => kinds.map(({ kind }) => kind);

describe('the kinds that fit at a port', () => {
  it('take what an image is, and not what a vector is', () => {
    const fitting = names(kindsAt(lenet(), catalog, open(lenet(), 'conv_1', 'outputs', 'output')));
    expect(fitting).toEqual(expect.arrayContaining(['conv2d', 'relu', 'flatten']));
    expect(fitting).not.toContain('linear');
    expect(fitting).not.toContain('dataset');
  });

  it('give what an input takes, for a line that was drawn upwards', () => {
    const free = apply(lenet(), [{ op: 'removeEdge', id: edgeInto('linear_1') }]);
    const fitting = names(kindsAt(free, catalog, open(free, 'linear_1', 'inputs', 'input')));
    expect(fitting).toContain('flatten');
    expect(fitting).not.toContain('conv2d');
  });

  it('are added with the connection, as one step', () => {
    const added = addNodeWith(lenet(), catalog, 'relu', open(lenet(), 'conv_1', 'outputs', 'output'), 400, 200);
    const after = apply(lenet(), added?.operations ?? []);
    const [edge] = Object.values(after.edges).filter(({ to }) => to === added?.id);
    expect(edge).toMatchObject({ from: 'conv_1', toPort: 'input' });
  });

  it('are none of those that a network has once', () => {
    expect(names(kindsToAdd(lenet(), catalog))).not.toContain('dataset');
  });
});

describe('a node that becomes one of another kind', () => {
  const swapped = (id: string, kind: string): GraphDocument => {
    const operations = swapKind(lenet(), catalog, id, kind)?.operations ?? [];
    expect(apply(apply(lenet(), operations), invert(lenet(), operations))).toEqual(lenet());
    return apply(lenet(), operations);
  };

  it('keeps its connections and its place, and gets the name of what it is', () => {
    const after = swapped('relu_1', 'gelu');
    expect(after.nodes).not.toHaveProperty('relu_1');
    expect(after.nodes.gelu_1).toMatchObject({ kind: 'gelu', x: lenet().nodes.relu_1?.x, y: lenet().nodes.relu_1?.y });
    const around = (document: GraphDocument, id: string): string[] =>
      Object.entries(document.edges).flatMap(([key, { from, to }]) => (from === id || to === id ? [key] : []));
    expect(around(after, 'gelu_1')).toEqual(around(lenet(), 'relu_1'));
  });

  it('keeps the settings that both kinds have', () => {
    const pool = Object.keys(lenet().nodes).find(id => lenet().nodes[id]?.kind.includes('pool')) ?? '';
    const other = lenet().nodes[pool]?.kind === 'max_pool2d' ? 'avg_pool2d' : 'max_pool2d';
    const after = Object.values(swapped(pool, other).nodes).find(({ kind }) => kind === other);
    expect(after?.params).toEqual(lenet().nodes[pool]?.params);
  });

  it('becomes nothing whose connections would not fit, there or further down', () => {
    expect(swapKind(lenet(), catalog, 'conv_1', 'flatten')).toBeUndefined();
    expect(swapKind(lenet(), catalog, 'flatten_1', 'relu')).toBeUndefined();
    expect(names(kindsInPlaceOf(lenet(), catalog, 'relu_1'))).not.toContain('flatten');
  });

  it('is offered its own category first', () => {
    const [first] = kindsInPlaceOf(lenet(), catalog, 'relu_1');
    expect(first?.category).toBe('Activations');
  });
});

function edgeInto(node: string): string {
  return Object.keys(lenet().edges).find(id => lenet().edges[id]?.to === node) ?? '';
}
