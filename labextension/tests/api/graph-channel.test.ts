import { describe, expect, it, vi } from 'vitest';
import { openGraph } from '../../src/api/graph-channel';
import type { GraphDocument, Operation } from '../../src/generated';
import { apply } from '../../src/graph';
import { lenet } from '../graph/golden';
import { FakeModel } from './fake-model';

const filters = (count: number): Operation[] => [{ op: 'setParams', id: 'conv_1', params: { out_channels: count } }];
const filtersOf = (document: GraphDocument): unknown => document.nodes.conv_1?.params.out_channels;

function open() {
  const model = new FakeModel({ graph: { document: lenet(), version: 3 } });
  return { model, ...openGraph(model) };
}

describe('the graph channel', () => {
  it('sends one message per change, with operations and not the graph', () => {
    const { model, store } = open();
    store.dispatch(filters(9), 'Set');
    expect(model.sent).toHaveLength(1);
    expect(model.sent[0]?.operations).toEqual(filters(9));
    expect(model.sent[0]).not.toHaveProperty('document');
  });

  it("takes another view's change", () => {
    const { model, store } = open();
    model.receive({ operations: filters(5), version: 4, ticket: 'somebody-0' });
    expect(filtersOf(store.document)).toBe(5);
    expect(store.history.undoLabel).toBeUndefined();
  });

  it('asks for the whole graph when a change is missing', () => {
    const { model, store } = open();
    model.receive({ operations: filters(5), version: 6, ticket: 'somebody-2' });
    expect(model.sent.at(-1)).toEqual({ sync: true });
    model.receive({ document: apply(lenet(), filters(7)), version: 6 });
    expect(filtersOf(store.document)).toBe(7);
  });

  it('takes what Python changed, and keeps what was typed meanwhile', () => {
    const { model, store } = open();
    store.dispatch([{ op: 'setNote', id: 'conv_1', note: 'edges' }], 'Rename');
    model.receive({ document: apply(lenet(), filters(7)), version: 4 });
    expect(filtersOf(store.document)).toBe(7);
    expect(store.document.nodes.conv_1?.note).toBe('edges');
  });

  it('goes back to what the kernel has when it refuses a change', () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { model, store } = open();
    store.dispatch(filters(9), 'Set');
    model.receive({ document: lenet(), version: 3, ticket: model.sent[0]?.ticket, refused: { message: 'no' } });
    expect(store.document).toEqual(lenet());
  });
});
