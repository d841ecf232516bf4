import { describe, expect, it } from 'vitest';
import type { GraphDocument, Operation } from '../../src/generated';
import { apply, invert } from '../../src/graph';
import { golden } from './golden';

interface Case {
  name: string;
  document: GraphDocument;
  operations: Operation[];
  result: GraphDocument;
}

describe('operations', () => {
  it.each(golden<Case[]>('operations.json'))('apply as in Python: $name', ({ document, operations, result }) => {
    expect(apply(document, operations)).toEqual(result);
  });

  it.each(golden<Case[]>('operations.json'))('are taken back by their inverse: $name', ({ document, operations }) => {
    const inverse = invert(document, operations);
    const changed = apply(document, operations);
    expect(apply(changed, inverse)).toEqual(document);
  });

  it('leave the given document as it is', () => {
    const [first] = golden<Case[]>('operations.json');
    const before = structuredClone(first?.document);
    apply(first?.document as GraphDocument, [{ op: 'removeNode', id: 'conv_1' }]);
    expect(first?.document).toEqual(before);
  });
});
