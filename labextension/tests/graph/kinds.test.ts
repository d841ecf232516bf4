import { describe, expect, it } from 'vitest';
import type { GraphDocument, KindCard } from '../../src/generated';
import { canConnect, kindOf, newNodeId } from '../../src/graph';
import { cardsOf } from '../../src/editor/cards';
import { catalog, golden } from './golden';

interface Case {
  document: GraphDocument;
  kinds: Record<string, Pick<KindCard, 'label' | 'stem' | 'inputs' | 'outputs' | 'params'> | null>;
}

const { document, kinds } = golden<Case>('blocks.json');

describe('the kinds of a document', () => {
  it.each(Object.entries(kinds))('are derived from its blocks as in Python: %s', (kind, expected) => {
    const card = kindOf(document, catalog, kind);
    if (expected === null) {
      expect(card).toBeUndefined();
    } else {
      expect(card).toMatchObject(expected);
    }
  });

  it('are those of the catalogue for all other nodes', () => {
    expect(kindOf(document, catalog, 'conv2d')).toBe(catalog.kinds.conv2d);
    expect(kindOf(document, catalog, 'block/nobody')).toBeUndefined();
    expect(kindOf(document, catalog, 'block/toString')).toBeUndefined();
  });

  it('let a block be connected, named and drawn like any other node', () => {
    const edge = { from: 'data', fromPort: 'images', to: 'residual_1', toPort: 'input' };
    expect(canConnect(document, catalog, edge)).toBeNull();
    expect(newNodeId(document, catalog, 'block/residual')).toBe('residual_2');
    const card = cardsOf(document, catalog, undefined).get('residual_1');
    expect(card?.category).toBe('Blocks');
    expect(card?.ports.map(mark => mark.port.name)).toEqual(['input', 'output']);
  });
});
