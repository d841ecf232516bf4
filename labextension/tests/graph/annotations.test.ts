import { describe, expect, it } from 'vitest';
import { addRemark, apply, frameBox, frameNodes, GraphStore } from '../../src/graph';
import { lenet } from './golden';

describe('a frame', () => {
  it('is drawn around its nodes, wherever they stand', () => {
    const document = lenet();
    const frame = { label: '', color: 'blue', nodes: ['conv_1', 'relu_1', 'gone'] } as const;
    const box = frameBox({ ...frame, nodes: [...frame.nodes] }, id => document.nodes[id]);
    const { x, y } = document.nodes.conv_1 ?? { x: NaN, y: NaN };
    expect(box?.left).toBeLessThan(x - 100);
    expect(box?.top).toBeLessThan(y - 36);
    expect((box?.top ?? 0) + (box?.height ?? 0)).toBeGreaterThan((document.nodes.relu_1?.y ?? 0) + 36);
    expect(frameBox({ label: '', color: 'blue', nodes: ['gone'] }, id => document.nodes[id])).toBeUndefined();
  });

  it('grows where somebody frames its nodes and more', () => {
    const store = new GraphStore(lenet());
    store.dispatch(frameNodes(store.document, ['conv_1']).operations, 'Frame');
    const { id, operations } = frameNodes(store.document, ['conv_1', 'relu_1']);
    store.dispatch(operations, 'Frame');
    expect(store.document.frames).toEqual({ [id]: expect.objectContaining({ nodes: ['conv_1', 'relu_1'] }) });
  });

  it('gets a node back that undo brings back', () => {
    const store = new GraphStore(lenet());
    store.dispatch(frameNodes(store.document, ['conv_1', 'relu_1']).operations, 'Frame');
    const before = store.document;
    store.dispatch([{ op: 'removeNode', id: 'relu_1' }], 'Delete');
    expect(Object.values(store.document.frames)[0]?.nodes).toEqual(['conv_1']);
    store.undo();
    expect(store.document).toEqual(before);
  });
});

describe('a note', () => {
  it('stands beside the selected layer, and below another note there', () => {
    let document = lenet();
    for (let count = 0; count < 2; count += 1) {
      document = apply(document, addRemark(document, document.nodes.conv_1, { x: 0, y: 0 }).operations);
    }
    const [first, second] = Object.values(document.remarks);
    expect(first?.x).toBeGreaterThan((document.nodes.conv_1?.x ?? 0) + 100 + (first?.width ?? 0) / 2);
    expect(second?.y).toBeGreaterThanOrEqual((first?.y ?? 0) + (first?.height ?? 0));
  });
});
