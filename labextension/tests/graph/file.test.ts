import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GraphDocument, Operation } from '../../src/generated';
import { apply, FileProblem, operationsBetween, readDocument, writeDocument } from '../../src/graph';
import { golden, lenet } from './golden';

const folder = resolve(__dirname, '../../../tests/golden/documents');
const texts = readdirSync(folder).map(name => readFileSync(resolve(folder, name), 'utf8'));
const lenetText = readFileSync(resolve(folder, 'lenet5.arch.json'), 'utf8');
const changed = (change: (raw: Record<string, unknown>) => void): string => {
  const raw = JSON.parse(lenetText) as Record<string, unknown>;
  change(raw);
  return JSON.stringify(raw);
};

const blocks = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, number) => [`b${String(number)}`, { label: 'B' }]));

describe('the text of a file', () => {
  it('comes back byte for byte, as Python writes it', () => {
    expect(texts.map(text => writeDocument(readDocument(text)))).toEqual(texts);
  });

  it('says where a fork comes from, and nothing where it is none', () => {
    const origin = 'LeNet-5, version “plain”';
    const forked = readDocument(changed(raw => (raw.meta = { id: 'mine', name: 'Mine', origin })));
    expect(JSON.parse(writeDocument(forked))).toMatchObject({ meta: { id: 'mine', name: 'Mine', origin } });
    expect(readDocument(lenetText).meta).not.toHaveProperty('origin');
  });

  it('of version 1 is read as one of today', () => {
    const [old, now] = [
      golden<object>('migrations/lenet5.1.arch.json'),
      golden<GraphDocument>('migrations/lenet5.4.arch.json')
    ];
    expect(readDocument(JSON.stringify(old))).toEqual(now);
  });

  it.each([
    ['{', 'not valid JSON'],
    ['[]', 'no JSON object'],
    ['{}', 'no schemaVersion'],
    [changed(raw => (raw.schemaVersion = 99)), 'schema version 99'],
    [changed(raw => (raw.nodes = { '1 a': {} })), 'that is no id'],
    [changed(raw => (raw.nodes = { a: { kind: 3 } })), 'nodes.a.kind is no text'],
    [changed(raw => (raw.nodes = { a: { kind: 'relu', x: 'left' } })), 'nodes.a.x is no number'],
    [changed(raw => (raw.nodes = { a: { kind: 'relu', params: { p: [] } } })), 'nodes.a.params.p'],
    [changed(raw => (raw.edges = { e: { from: 'a' } })), 'edges.e.fromPort is no text'],
    [changed(raw => (raw.blocks = { b: { inputs: 3 } })), 'blocks.b.inputs is no list'],
    [changed(raw => (raw.blocks = blocks(201))), 'blocks has 201 entries; at most 200'],
    [
      changed(raw => (raw.nodes = { data: { kind: 'dataset', params: { dataset: 'x'.repeat(20_001) } } })),
      'has 20001 characters; at most 20000'
    ],
    [' '.repeat(9_000_000), 'at most 8 MB']
  ])('that is no architecture is refused with the place: %#', (text, words) => {
    expect(() => readDocument(text)).toThrow(FileProblem);
    expect(() => readDocument(text)).toThrow(words);
  });
});

describe('the operations between two documents', () => {
  const steps: Operation[] = [
    { op: 'setParams', id: 'conv_1', params: { out_channels: 9, stride: 2, kernel_size: null } },
    { op: 'moveNode', id: 'conv_2', x: 7, y: 8 },
    { op: 'setNote', id: 'conv_2', note: 'second' },
    { op: 'setKind', id: 'relu_1', kind: 'gelu' },
    { op: 'removeNode', id: 'linear_3' },
    { op: 'addNode', id: 'new_1', node: { kind: 'relu', params: {}, x: 0, y: 0, note: '' } },
    { op: 'addEdge', id: 'e99', edge: { from: 'linear_2', fromPort: 'output', to: 'new_1', toPort: 'input' } },
    { op: 'setMeta', meta: { id: 'x', name: 'Other' } },
    { op: 'setFrame', id: 'f', frame: { label: 'Ends', color: 'red', nodes: ['linear_2', 'new_1'] } },
    { op: 'setRemark', id: 'r', remark: { text: 'Why?', color: 'gray', x: 1, y: 2, width: 90, height: 50 } },
    { op: 'setBlock', id: 'b', block: { label: 'B', params: [], nodes: {}, edges: {}, inputs: [], outputs: [] } }
  ];

  it('lead from one to the other and back', () => {
    const [before, after] = [lenet(), apply(lenet(), steps)];
    expect(writeDocument(apply(before, operationsBetween(before, after)))).toBe(writeDocument(after));
    expect(writeDocument(apply(after, operationsBetween(after, before)))).toBe(writeDocument(before));
  });

  it('are none where only the order differs', () => {
    const document = lenet();
    const nodes = Object.fromEntries(Object.entries(document.nodes).reverse());
    expect(operationsBetween(document, { ...document, nodes })).toEqual([]);
  });

  it('let the changes of two people be put together', () => {
    const base = lenet();
    const mine = apply(base, [{ op: 'setParams', id: 'conv_1', params: { out_channels: 9 } }]);
    const theirs = apply(base, [{ op: 'setParams', id: 'conv_1', params: { kernel_size: 3 } }]);
    expect(apply(theirs, operationsBetween(base, mine)).nodes.conv_1?.params).toEqual({
      out_channels: 9,
      kernel_size: 3
    });
  });
});
