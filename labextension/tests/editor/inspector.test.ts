import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Inspector } from '../../src/editor/inspector';
import { EditorSession } from '../../src/editor/session';
import { GraphStore, groupNodes } from '../../src/graph';
import { catalog, lenet } from '../graph/golden';

const networks = vi.fn((_library: string, text: string) =>
  Promise.resolve(
    ['resnet18', 'resnet34', 'vgg11'].filter(name => name.includes(text)).map(value => ({ value, note: '' }))
  )
);
let session: EditorSession;
let inspector: Inspector;

const select = (id: string) => ({ nodes: new Set([id]), edges: new Set<string>() });

function field(name: string): HTMLInputElement {
  const found = inspector.element.querySelector<HTMLInputElement>(`[data-param="${name}"] :is(input, select)`);
  if (!found) {
    throw new Error(`There is no field ${name}.`);
  }
  return found;
}

function type(input: HTMLInputElement, text: string): void {
  input.focus();
  input.value = text;
  input.dispatchEvent(new Event('input'));
}

beforeEach(() => {
  window.matchMedia = vi.fn(() => ({ matches: false })) as never; // jsdom has none
  document.body.replaceChildren();
  session = new EditorSession(new GraphStore(lenet()));
  inspector = new Inspector({
    catalog,
    session,
    datasets: () => Promise.resolve([{ value: 'digits', label: 'Digits' }]),
    networks,
    onDelete: vi.fn()
  });
  document.body.append(inspector.element);
  session.store.subscribe(() => {
    inspector.show(select('conv_1'));
  });
});

describe('the inspector', () => {
  it('lets a new block be named at once, as one step for all its letters', () => {
    const { id, operations } = groupNodes(lenet(), catalog, ['conv_1', 'relu_1'], 'Block');
    session.store.dispatch(operations, 'Make a block');
    inspector.show(select(id));
    inspector.nameBlock();
    const name = document.activeElement as HTMLInputElement;
    expect([name.value, name.selectionStart, name.selectionEnd]).toEqual(['Block', 0, 5]);
    type(name, 'F');
    type(name, 'Features');
    const [block] = Object.values(session.store.document.blocks);
    expect(block?.label).toBe('Features');
    session.store.undo();
    expect(Object.values(session.store.document.blocks)[0]?.label).toBe('Block');
  });

  it('commits a value as it is typed', () => {
    inspector.show(select('conv_1'));
    type(field('out_channels'), '24');
    expect(session.store.document.nodes.conv_1?.params.out_channels).toBe(24);
  });

  it.each([
    ['out_channels', '0', 'at least 1'],
    ['out_channels', '2.5', 'whole number'],
    ['out_channels', 'many', 'not a number'],
    ['out_channels', '', 'needed']
  ])('says in place what is wrong with %s = “%s” and leaves the graph alone', (name, text, words) => {
    inspector.show(select('conv_1'));
    const before = session.store.document;
    type(field(name), text);
    expect(session.store.document).toBe(before);
    expect(field(name).getAttribute('aria-invalid')).toBe('true');
    expect(inspector.element.querySelector(`[data-param="${name}"] [role=alert]`)?.textContent).toContain(words);
  });

  it('shows what undo brought back, also in the field that has the cursor', () => {
    inspector.show(select('conv_1'));
    const before = field('out_channels').value;
    type(field('out_channels'), '24');
    session.store.undo();
    expect(field('out_channels').value).toBe(before);
  });

  it('resets a setting to its default', () => {
    inspector.show(select('conv_1'));
    const reset = inspector.element.querySelector<HTMLButtonElement>('[data-param="out_channels"] button');
    expect(reset?.hidden).toBe(false);
    reset?.click();
    expect(session.store.document.nodes.conv_1?.params).not.toHaveProperty('out_channels');
    expect(field('out_channels').value).toBe('32');
    expect(reset?.hidden).toBe(true);
  });

  it('offers the data sets of the server and keeps one that is not among them', async () => {
    inspector.show(select('data'));
    await vi.waitFor(() => {
      expect(field('dataset').textContent).toContain('Digits');
    });
    const options = [...field('dataset').querySelectorAll('option')].map(option => option.value);
    expect(options).toContain('digits');
  });

  it('draws formulas of the help page without fonts of its own', () => {
    inspector.show(select('conv_1'));
    expect(inspector.element.querySelectorAll('.plab-help-page math').length).toBeGreaterThan(2);
    expect(inspector.element.querySelector('.plab-help-page')?.textContent).not.toContain('$');
  });

  it('lists the connections and removes one', () => {
    inspector.show(select('conv_1'));
    const edges = Object.keys(session.store.document.edges).length;
    inspector.element.querySelector<HTMLButtonElement>('.plab-connections button')?.click();
    expect(Object.keys(session.store.document.edges)).toHaveLength(edges - 1);
  });
});
