import { describe, expect, it, vi } from 'vitest';
import type { Operation } from '../../src/generated';
import { addNodeAfter, arrange, deleteSelection, GraphStore, Topology, whyNotAdd } from '../../src/graph';
import { catalog, golden, lenet } from './golden';
import type { GraphDocument } from '../../src/generated';

const filters = (count: number): Operation[] => [{ op: 'setParams', id: 'conv_1', params: { out_channels: count } }];
const filtersOf = (store: GraphStore): unknown => store.document.nodes.conv_1?.params.out_channels;

describe('the store', () => {
  it('undoes and redoes a step', () => {
    const store = new GraphStore(lenet());
    const before = filtersOf(store);
    store.dispatch(filters(9), 'Set filters');
    store.undo();
    expect(filtersOf(store)).toBe(before);
    store.redo();
    expect(filtersOf(store)).toBe(9);
  });

  it('takes what was typed into one field as one step, until the field is left', () => {
    const store = new GraphStore(lenet());
    const before = filtersOf(store);
    store.dispatch(filters(1), 'Set filters', 'conv_1.out_channels');
    store.dispatch(filters(12), 'Set filters', 'conv_1.out_channels');
    store.history.seal();
    store.dispatch(filters(20), 'Set filters', 'conv_1.out_channels');
    store.undo();
    expect(filtersOf(store)).toBe(12);
    store.undo();
    expect(filtersOf(store)).toBe(before);
  });

  it('forgets what could be redone once something new is done', () => {
    const store = new GraphStore(lenet());
    store.dispatch(filters(9), 'Set filters');
    store.undo();
    store.dispatch(filters(7), 'Set filters');
    expect(store.history.redoLabel).toBeUndefined();
  });

  it('ends where the keeper ends when two people change the same thing at once', () => {
    const sent: Operation[][] = [];
    const store = new GraphStore(lenet(), operations => sent.push(operations));
    store.dispatch(filters(9), 'Set filters');
    store.confirm(filters(5), false);
    expect(filtersOf(store)).toBe(9);
    store.confirm(sent[0] ?? [], true);
    expect(filtersOf(store)).toBe(9);
    store.confirm(filters(4), false);
    expect(filtersOf(store)).toBe(4);
  });

  it('sends each step once, undo included', () => {
    const send = vi.fn();
    const store = new GraphStore(lenet(), send);
    store.dispatch(filters(9), 'Set filters');
    store.undo();
    store.undo();
    expect(send).toHaveBeenCalledTimes(2);
  });
});

describe('edits', () => {
  it('put a new node onto the connection below the selected one', () => {
    const store = new GraphStore(lenet());
    const [first] = new Topology(store.document).outgoing.get('data') ?? [];
    const { id, operations } = addNodeAfter(store.document, catalog, 'batch_norm', 'data');
    store.dispatch(operations, 'Add');
    const topology = new Topology(store.document);
    expect(topology.targets('data')).toEqual([id]);
    expect(topology.targets(id)).toEqual([first?.[1].to]);
  });

  it('join the neighbors of a deleted node where the types fit', () => {
    const store = new GraphStore(lenet());
    const pool = Object.entries(store.document.nodes).find(([, node]) => node.kind.endsWith('pool2d'));
    const name = pool?.[0] ?? '';
    const topology = new Topology(store.document);
    store.dispatch(deleteSelection(store.document, catalog, [name], []), 'Delete');
    expect(new Topology(store.document).targets(topology.sources(name)[0] ?? '')).toEqual(topology.targets(name));
    store.undo();
    expect(store.document).toEqual(lenet());
  });

  it('do not join what does not fit', () => {
    const document = lenet();
    const flatten = Object.entries(document.nodes).find(([, node]) => node.kind === 'flatten')?.[0] ?? '';
    const operations = deleteSelection(document, catalog, [flatten], []);
    expect(operations).toEqual([{ op: 'removeNode', id: flatten }]);
  });

  it('refuse a second data set with the reason', () => {
    expect(whyNotAdd(lenet(), catalog, 'dataset')).toContain('data is there already');
    expect(whyNotAdd(lenet(), catalog, 'conv2d')).toBeNull();
  });

  it('arrange a graph with branches so that every edge leads down', () => {
    const store = new GraphStore(golden<GraphDocument>('documents/branches.arch.json'));
    store.dispatch(arrange(store.document), 'Tidy');
    const { nodes, edges } = store.document;
    for (const edge of Object.values(edges)) {
      expect(nodes[edge.from]?.y).toBeLessThan(nodes[edge.to]?.y ?? 0);
    }
    expect(arrange(store.document)).toEqual([]);
  });
});
