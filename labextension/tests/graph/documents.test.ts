import { describe, expect, it } from 'vitest';
import { type GraphDocument, SCHEMA_VERSION } from '../../src/generated';
import { apply } from '../../src/graph';
import { golden } from './golden';

describe('a document that was migrated', () => {
  it.each(['branches', 'lenet5'])('has the form that the editor works with: %s', name => {
    const document = golden<GraphDocument>(`migrations/${name}.${String(SCHEMA_VERSION)}.arch.json`);
    expect(document.schemaVersion).toBe(SCHEMA_VERSION);
    expect(document.blocks).toEqual({});
    const [block] = Object.values(golden<{ document: GraphDocument }>('blocks.json').document.blocks);
    if (!block) {
      throw new Error('The golden file has no block.');
    }
    expect(apply(document, [{ op: 'setBlock', id: 'part', block }]).blocks).toEqual({ part: block });
  });
});
