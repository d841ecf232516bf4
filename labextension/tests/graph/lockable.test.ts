import { describe, expect, it, vi } from 'vitest';
import { GraphStore } from '../../src/graph';
import { LockableGraph } from '../../src/graph/lockable';
import { lenet } from './golden';

describe('a locked graph', () => {
  it('takes no change, says so, and shows what others do', () => {
    const store = new GraphStore(lenet());
    store.dispatch([{ op: 'setNote', id: 'conv_1', note: 'mine' }], 'Rename');
    const [refused, told] = [vi.fn(), vi.fn()];
    const graph = new LockableGraph(store, refused);
    graph.subscribe(told);
    graph.isLocked = true;
    graph.dispatch([{ op: 'removeNode', id: 'conv_1' }], 'Delete');
    graph.undo();
    expect(graph.document.nodes.conv_1?.note).toBe('mine');
    expect([refused.mock.calls.length, told.mock.calls.length, graph.history.undoLabel]).toEqual([2, 2, undefined]);
    store.dispatch([{ op: 'setNote', id: 'conv_1', note: 'theirs' }], 'Rename');
    expect([graph.document.nodes.conv_1?.note, told.mock.calls.length]).toEqual(['theirs', 3]);
    graph.isLocked = false;
    graph.undo();
    expect(graph.document.nodes.conv_1?.note).toBe('mine');
  });
});
