import { describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../src/generated';
import {
  alignInColumn,
  alignInRow,
  apply,
  CannotError,
  copyNodes,
  FileProblem,
  groupNodes,
  InnerGraph,
  GraphStore,
  pasteNodes,
  saysTheSame,
  ungroupNode,
  writeDocument
} from '../../src/graph';
import { evaluate } from '../../src/graph/expression';
import { catalog, golden, lenet } from './golden';

const pasted = (document: GraphDocument, text: string): GraphDocument =>
  apply(document, pasteNodes(document, catalog, text).operations);
const inner = ['conv_1', 'relu_1', 'pool_1'];
const grouped = (): GraphDocument => apply(lenet(), groupNodes(lenet(), catalog, inner, 'My step').operations);

describe('copied nodes', () => {
  it('come with the connections between them, and get ids of their own', () => {
    const { ids, operations } = pasteNodes(lenet(), catalog, copyNodes(lenet(), new Set(inner)));
    const after = apply(lenet(), operations);
    expect(ids).toEqual(['conv_3', 'pool_3', 'relu_5']);
    expect(Object.values(after.edges).filter(edge => ids.includes(edge.from) && ids.includes(edge.to))).toHaveLength(2);
    expect(after.nodes['conv_3']?.params).toEqual(lenet().nodes['conv_1']?.params);
  });

  it('cover no others', () => {
    const after = pasted(lenet(), copyNodes(lenet(), new Set(inner)));
    const [old, added] = [after.nodes['conv_1'], after.nodes['conv_3']];
    expect(Math.abs((added?.x ?? 0) - (old?.x ?? 0))).toBeGreaterThanOrEqual(220);
  });

  it('go into another drawing, also as the text of a whole file', () => {
    const empty = golden<GraphDocument>('documents/empty.arch.json');
    const { operations, refusals } = pasteNodes(empty, catalog, writeDocument(lenet()));
    expect(Object.keys(apply(empty, operations).nodes)).toContain('conv_2');
    expect(refusals.join()).toContain('one Data set');
  });

  it('bring their block along once, and under another name where the name is taken', () => {
    const text = copyNodes(grouped(), new Set(['my_step_1']));
    expect(Object.keys(pasted(lenet(), text).blocks)).toEqual(['my_step']);
    expect(Object.keys(pasted(grouped(), text).blocks)).toEqual(['my_step']);
    const other = apply(lenet(), groupNodes(lenet(), catalog, ['conv_2'], 'My step').operations);
    expect(Object.keys(pasted(other, text).blocks)).toEqual(['my_step', 'my_step_2']);
  });

  it('are not made of any other text', () => {
    expect(() => pasteNodes(lenet(), catalog, 'hello')).toThrow(FileProblem);
  });
});

describe('a block', () => {
  it('of a selection stands in its place, and dissolves to the same network', () => {
    const document = grouped();
    expect(document.blocks['my_step']).toMatchObject({
      label: 'My step',
      inputs: [{ name: 'input', node: 'conv_1', port: 'input' }],
      outputs: [{ name: 'output', node: 'pool_1', port: 'output' }]
    });
    expect(document.nodes['my_step_1']).toMatchObject({ kind: 'block/my_step', x: 0, y: 240 });
    const back = apply(document, ungroupNode(document, catalog, 'my_step_1').operations);
    expect(saysTheSame(back, lenet())).toBe(true);
  });

  it.each([
    [['data', 'conv_1'], 'data is a Data set'],
    [['conv_1', 'pool_1'], 'over relu_1, and back'],
    [[], 'Select the layers']
  ])('of %j is refused', (ids, words) => {
    expect(() => groupNodes(lenet(), catalog, ids, 'Block')).toThrow(CannotError);
    expect(() => groupNodes(lenet(), catalog, ids, 'Block')).toThrow(words);
  });

  it('that is open is a graph with a border, and a change inside is one of its definition', () => {
    const store = new GraphStore(grouped());
    const inside = new InnerGraph(store, 'my_step');
    expect(Object.keys(inside.document.nodes)).toEqual([
      'from-input',
      ...Object.keys(grouped().blocks['my_step']?.nodes ?? {}),
      'to-output'
    ]);
    inside.dispatch([{ op: 'setParams', id: 'conv_1', params: { out_channels: 9 } }], 'Set filters');
    expect(store.document.blocks['my_step']?.nodes['conv_1']?.params['out_channels']).toBe(9);
    inside.dispatch([{ op: 'setMeta', meta: { id: '', name: 'Step' } }], 'Rename');
    expect(store.document.blocks['my_step']?.label).toBe('Step');
    inside.undo();
    inside.undo();
    expect(store.document.blocks).toEqual(grouped().blocks);
  });

  it('keeps its border, whatever is deleted inside', () => {
    const store = new GraphStore(grouped());
    new InnerGraph(store, 'my_step').dispatch([{ op: 'removeNode', id: 'from-input' }], 'Delete');
    expect(store.document.blocks).toEqual(grouped().blocks);
  });
});

describe('expressions of a block', () => {
  it.each([
    ['=channels * 2', 128],
    ['=-(channels + 6) // 4', -18],
    ['=same', true]
  ])('%s is %s', (text, value) => {
    expect(evaluate(text, { channels: 64, same: true })).toBe(value);
  });

  it.each([
    ['=1 // 0', 'divides by zero'],
    ['=lost', "uses 'lost'"],
    ['=same + 1', 'no whole number'],
    ['=2 +', 'no expression'],
    ['=2; 3', 'no expression']
  ])('%s says what is wrong', (text, words) => {
    expect(() => evaluate(text, { same: true })).toThrow(words);
  });
});

describe('aligned nodes', () => {
  it('stand in one column, or in one row, with room between', () => {
    const ids = ['conv_1', 'conv_2'];
    const places = (operations: ReturnType<typeof alignInRow>): [number, number][] =>
      ids.map(id => {
        const node = apply(lenet(), operations).nodes[id];
        return [node?.x ?? 0, node?.y ?? 0];
      });
    expect(places(alignInRow(lenet(), ids))).toEqual([
      [0, 300],
      [240, 300]
    ]);
    expect(alignInColumn(lenet(), ids)).toEqual([]);
  });
});
