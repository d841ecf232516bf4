import { describe, expect, it } from 'vitest';
import type { GraphDocument, GraphEdge } from '../../src/generated';
import { apply, canConnect } from '../../src/graph';
import { catalog, golden, lenet } from './golden';

interface Case {
  name: string;
  document: GraphDocument;
  edge: GraphEdge;
  allowed: boolean;
  code: string | null;
}

describe('the connection rule', () => {
  it.each(golden<Case[]>('connections.json'))('agrees with Python: $name', ({ document, edge, allowed, code }) => {
    const refusal = canConnect(document, catalog, edge);
    expect(refusal === null).toBe(allowed);
    expect(refusal?.code ?? null).toBe(code);
  });

  it('gives every refusal a sentence', () => {
    for (const { document, edge, allowed } of golden<Case[]>('connections.json')) {
      expect(allowed || canConnect(document, catalog, edge)?.message).toBeTruthy();
    }
  });

  it('mends an image into a linear layer by a flatten between them', () => {
    const alone: GraphDocument = {
      ...lenet(),
      nodes: {
        data: { kind: 'dataset', params: {}, x: 0, y: 0, note: '' },
        linear_1: { kind: 'linear', params: {}, x: 0, y: 120, note: '' }
      },
      edges: {}
    };
    const refusal = canConnect(alone, catalog, { from: 'data', fromPort: 'images', to: 'linear_1', toPort: 'input' });
    const mended = apply(alone, refusal?.mend?.operations ?? []);
    expect(Object.values(mended.edges).map(edge => [edge.from, edge.to])).toEqual([
      ['data', 'flatten_1'],
      ['flatten_1', 'linear_1']
    ]);
    expect(mended.nodes.linear_1?.y).toBe(240);
  });
});
