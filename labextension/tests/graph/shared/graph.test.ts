import * as Y from 'yjs';
import { describe, expect, it, vi } from 'vitest';
import type { GraphDocument, Operation } from '../../../src/generated';
import { placeOf, readDocument, writeDocument } from '../../../src/graph';
import { golden, lenet } from '../golden';
import { meet, person, twoPeople } from './two-people';

const added = (id: string, x: number): Operation => ({
  op: 'addNode',
  id,
  node: { kind: 'relu', params: {}, x, y: 0, note: '' }
});
const wired = (id: string, from: string, to: string): Operation => ({
  op: 'addEdge',
  id,
  edge: { from, fromPort: 'output', to, toPort: 'input' }
});
const filters = (count: number): Operation => ({ op: 'setParams', id: 'conv_1', params: { out_channels: count } });
const node = (document: GraphDocument, id: string): GraphDocument['nodes'][string] => {
  const found = document.nodes[id];
  expect(found).toBeDefined();
  return found as GraphDocument['nodes'][string];
};

describe('a shared drawing', () => {
  it.each(golden<{ name: string; update: string; document: GraphDocument }[]>('shared.json'))(
    'is what both languages agreed on: $name',
    ({ update, document }) => {
      const { ydoc, graph } = person(5);
      Y.applyUpdate(ydoc, new Uint8Array(Buffer.from(update, 'base64')), 'remote');
      expect(graph.document).toEqual(document);
      expect(graph.text).toBe(writeDocument(readDocument(JSON.stringify(document))));
    }
  );

  it('is the same text as its file', () => {
    const [one, other] = twoPeople(lenet());
    expect(one.graph.text).toBe(writeDocument(lenet()));
    expect(other.graph.document).toEqual(one.graph.document);
  });

  it('keeps both changes of one node, where they are of different settings', () => {
    const [one, other] = twoPeople(lenet());
    one.graph.dispatch([filters(9)], 'Set filters');
    other.graph.dispatch([{ op: 'moveNode', id: 'conv_1', x: 77, y: 88 }], 'Move');
    other.graph.dispatch([{ op: 'setParams', id: 'conv_1', params: { kernel_size: '7' } }], 'Set size');
    meet(one, other);
    expect(node(one.graph.document, 'conv_1')).toMatchObject({ params: { out_channels: 9, kernel_size: '7' }, x: 77 });
    expect(other.graph.text).toBe(one.graph.text);
  });

  it('keeps two layers that were given the same name at the same moment, each with its connection', () => {
    const [one, other] = twoPeople(lenet());
    one.graph.dispatch([added('relu_9', 1), wired('e90', 'relu_9', 'output')], 'Add');
    other.graph.dispatch([added('relu_9', 2), wired('e90', 'relu_9', 'conv_1')], 'Add');
    meet(one, other);
    const { nodes, edges } = one.graph.document;
    expect([node(one.graph.document, 'relu_9').x, node(one.graph.document, 'relu_10').x]).toEqual([1, 2]);
    expect([edges.e90, edges.e91].map(edge => [edge?.from, edge?.to])).toEqual([
      ['relu_9', 'output'],
      ['relu_10', 'conv_1']
    ]);
    expect(other.graph.document).toEqual(one.graph.document);
    // The name stays when the other one goes.
    one.graph.dispatch([{ op: 'removeNode', id: 'relu_9' }], 'Delete');
    meet(one, other);
    expect(Object.keys(other.graph.document.nodes)).toEqual(Object.keys(nodes).filter(id => id !== 'relu_9'));
  });

  it('leaves out a connection whose node somebody else deleted, and has it again when that is undone', () => {
    const [one, other] = twoPeople(lenet());
    one.graph.dispatch([{ op: 'removeNode', id: 'conv_1' }], 'Delete');
    other.graph.dispatch([added('relu_9', 1), wired('e90', 'conv_1', 'relu_9')], 'Add');
    meet(one, other);
    expect('e90' in one.graph.document.edges).toBe(false);
    expect(other.graph.text).toBe(one.graph.text);
    one.graph.undo();
    meet(one, other);
    expect(other.graph.document.edges.e90?.from).toBe('conv_1');
    expect(other.graph.text).toBe(one.graph.text);
  });

  it('keeps a comment on a node that somebody else deleted, and shows it again when that is undone', () => {
    const [one, other] = twoPeople(lenet());
    const said = { text: 'Why?', author: 'Ada', account: 'ada', time: '2026-11-24T18:00:00Z', resolved: false };
    const comment = { ...said, node: 'relu_9', answerTo: null };
    one.graph.dispatch([added('relu_9', 1)], 'Add');
    meet(one, other);
    one.graph.dispatch([{ op: 'removeNode', id: 'relu_9' }], 'Delete');
    other.graph.dispatch([{ op: 'setComment', id: 'comment_1', comment }], 'Comment');
    meet(one, other);
    expect(one.graph.document.comments).toEqual({ comment_1: comment });
    // Resolving it meanwhile must not tear it off the node that it waits for.
    other.graph.dispatch([{ op: 'setComment', id: 'comment_1', comment: { ...comment, resolved: true } }], 'Resolve');
    meet(one, other);
    one.graph.undo();
    meet(one, other);
    expect(placeOf(other.graph.document, 'relu_9')).toBe('relu_9');
    expect(other.ydoc.getMap('comments').toJSON()).toMatchObject({ [`comment_1~2`]: { node: 'relu_9~1' } });
    expect(other.graph.text).toBe(one.graph.text);
  });

  it("undoes one's own steps only, and says what they were", () => {
    const [one, other] = twoPeople(lenet());
    one.graph.dispatch([filters(9)], 'Set filters');
    meet(one, other);
    other.graph.dispatch([{ op: 'setNote', id: 'conv_1', note: 'first' }], 'Rename');
    meet(one, other);
    expect([one.graph.history.undoLabel, other.graph.history.undoLabel]).toEqual(['Set filters', 'Rename']);
    one.graph.undo();
    meet(one, other);
    expect(node(other.graph.document, 'conv_1')).toMatchObject({ note: 'first', params: lenet().nodes.conv_1?.params });
    expect(one.graph.history.redoLabel).toBe('Set filters');
    one.graph.redo();
    expect(node(one.graph.document, 'conv_1').params.out_channels).toBe(9);
    expect(one.graph.history.redoLabel).toBeUndefined();
  });

  it('does not put back what somebody else changed after me', () => {
    const [one, other] = twoPeople(lenet());
    one.graph.dispatch([filters(9)], 'Set filters');
    meet(one, other);
    other.graph.dispatch([filters(33)], 'Set filters');
    meet(one, other);
    one.graph.undo();
    expect(node(one.graph.document, 'conv_1').params.out_channels).toBe(33);
  });

  it('takes what was typed into one field as one step, until the field is left', () => {
    const [{ graph }] = twoPeople(lenet());
    graph.dispatch([filters(1)], 'Set filters', 'conv_1.out_channels');
    graph.dispatch([filters(12)], 'Set filters', 'conv_1.out_channels');
    graph.history.seal();
    graph.dispatch([filters(20)], 'Set filters', 'conv_1.out_channels');
    graph.undo();
    expect(node(graph.document, 'conv_1').params.out_channels).toBe(12);
    graph.undo();
    expect(graph.document).toEqual(lenet());
  });

  it('is told once for what others do within one frame, and what did not change is the same object', () => {
    vi.useFakeTimers();
    const [one, other] = twoPeople(lenet());
    let calls = 0;
    other.graph.subscribe(() => (calls += 1));
    const before = other.graph.document;
    one.graph.dispatch([filters(9), added('relu_9', 1), wired('e90', 'relu_9', 'output')], 'Add');
    meet(one, other);
    one.graph.dispatch([filters(10)], 'Set filters');
    meet(one, other);
    vi.advanceTimersByTime(20);
    vi.useRealTimers();
    expect(calls).toBe(1);
    expect(other.graph.document.nodes.conv_2).toBe(before.nodes.conv_2);
    expect(other.graph.document.edges.e1).toBe(before.edges.e1);
  });

  it('takes in what was written into the file, and leaves the rest as it is', () => {
    const [one, other] = twoPeople(lenet());
    const written = lenet();
    node(written, 'conv_2').note = 'from elsewhere';
    one.graph.text = writeDocument(written);
    other.graph.dispatch([filters(9)], 'Set filters');
    meet(one, other);
    expect(node(one.graph.document, 'conv_2').note).toBe('from elsewhere');
    expect(node(one.graph.document, 'conv_1').params.out_channels).toBe(9);
  });

  it('keeps a text that is no architecture as it is, and says why', () => {
    const { graph } = person(1);
    graph.text = '{"schemaVersion": 99}';
    expect(graph.problem?.message).toContain('schema version 99');
    expect(graph.text).toBe('{"schemaVersion": 99}');
    graph.text = writeDocument(lenet());
    expect([graph.problem, graph.document]).toEqual([undefined, lenet()]);
  });

  it('leaves out what has the wrong form', () => {
    const [{ ydoc, graph }] = twoPeople(lenet());
    ydoc.getMap('nodes').set('evil', 'no node');
    ydoc.getMap('nodes').set('conv_9', ydoc.getMap('meta').clone());
    expect(graph.document).toEqual(lenet());
  });

  it('lets two people work inside one block', () => {
    const block = { label: 'Wide', params: [], nodes: {}, edges: {}, inputs: [], outputs: [] };
    const relu = { kind: 'relu', params: {}, x: 0, y: 0, note: '' };
    const [one, other] = twoPeople({ ...lenet(), blocks: { wide: block } });
    one.graph.dispatch([{ op: 'setBlock', id: 'wide', block: { ...block, nodes: { relu_1: relu } } }], 'Add');
    other.graph.dispatch([{ op: 'setBlock', id: 'wide', block: { ...block, nodes: { tanh_1: relu } } }], 'Add');
    meet(one, other);
    const names = (): string[] => Object.keys(one.graph.document.blocks.wide?.nodes ?? {}).sort();
    expect(names()).toEqual(['relu_1', 'tanh_1']);
    for (const { graph } of [one, other]) {
      const { wide = block } = graph.document.blocks;
      const nodes = { ...wide.nodes, gelu_1: relu };
      graph.dispatch([{ op: 'setBlock', id: 'wide', block: { ...wide, nodes } }], 'Add');
    }
    meet(one, other);
    expect(names()).toEqual(['gelu_1', 'gelu_2', 'relu_1', 'tanh_1']);
    other.graph.undo();
    meet(one, other);
    expect(names()).toEqual(['gelu_1', 'relu_1', 'tanh_1']);
    expect(other.graph.text).toBe(one.graph.text);
  });

  it('sends a change before it tells of it here: drawing takes longer than the way to the others', () => {
    const [{ graph, ydoc }] = twoPeople(lenet());
    const order: string[] = [];
    ydoc.on('update', () => order.push('sent'));
    graph.subscribe(isMine => order.push(`told, ${isMine ? 'mine' : 'theirs'}`));
    graph.dispatch([filters(7)], 'Set the filters');
    expect(order).toEqual(['sent', 'told, mine']);
  });
});
