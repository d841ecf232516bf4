import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { NetworkCard } from '../../src/api';
import { Inspector } from '../../src/editor/inspector';
import { networkSuggestions } from '../../src/editor/network-suggestions';
import { EditorSession } from '../../src/editor/session';
import { SuggestionList } from '../../src/editor/suggestion-list';
import { GraphStore } from '../../src/graph';
import { catalog, lenet } from '../graph/golden';

const NAMES = ['resnet18', 'resnet34', 'vgg11'];
const suggest = (text: string) =>
  Promise.resolve(NAMES.filter(name => name.includes(text)).map(value => ({ value, note: `about ${value}` })));

let input: HTMLInputElement;
let list: SuggestionList;
let taken: string[];

const options = () => [...list.element.querySelectorAll('[role=option]')];
const press = (key: string) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  input.dispatchEvent(event);
  return event;
};

async function type(text: string): Promise<void> {
  input.focus();
  input.value = text;
  input.dispatchEvent(new Event('input'));
  await vi.waitFor(() => {
    expect(list.element.hidden).toBe(false);
  });
}

beforeEach(() => {
  document.body.replaceChildren();
  input = document.createElement('input');
  taken = [];
  list = new SuggestionList(input, suggest, value => taken.push(value));
  document.body.append(input, list.element);
});

describe('suggestions below a field', () => {
  it('show what may be meant, with what helps to choose', async () => {
    await type('resnet');
    expect(options().map(row => row.textContent)).toEqual(['resnet18about resnet18', 'resnet34about resnet34']);
    expect(input.getAttribute('aria-expanded')).toBe('true');
  });

  it('are walked through with the arrows, round the ends, and taken with Enter', async () => {
    await type('resnet');
    press('ArrowDown');
    press('ArrowDown');
    expect(input.getAttribute('aria-activedescendant')).toBe(options()[1]?.id);
    press('ArrowDown');
    expect(options()[0]?.getAttribute('aria-selected')).toBe('true');
    press('ArrowUp');
    expect(press('Enter').defaultPrevented).toBe(true);
    expect(taken).toEqual(['resnet34']);
    expect(list.element.hidden).toBe(true);
  });

  it('leave Enter and Escape to others while none is chosen or open', async () => {
    expect(press('Escape').defaultPrevented).toBe(false);
    await type('resnet');
    expect(press('Enter').defaultPrevented).toBe(false);
    expect(press('Escape').defaultPrevented).toBe(true);
    expect(list.element.hidden).toBe(true);
    expect(taken).toEqual([]);
  });

  it('open with an arrow, and are taken with the mouse', async () => {
    input.focus();
    press('ArrowDown');
    await vi.waitFor(() => {
      expect(options()).toHaveLength(3);
    });
    options()[2]?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }));
    expect(taken).toEqual(['vgg11']);
  });

  it('close when the field is left', async () => {
    await type('vgg');
    input.blur();
    expect(list.element.hidden).toBe(true);
  });
});

const card = (name: string, more: Partial<NetworkCard> = {}): NetworkCard => ({
  library: 'smp',
  name,
  parameters: 11_176_512,
  features: 512,
  multiply_adds: 1,
  height: 224,
  width: 224,
  any_size: true,
  weights: [],
  ...more
});

describe('names of whole networks', () => {
  it('say how large they are, what images they take, and whether they come trained', async () => {
    const networks = () => Promise.resolve([card('vit_b_16', { any_size: false, weights: ['V1'] }), card('resnet18')]);
    const notes = (await networkSuggestions({ networks }, 'torchvision', 'x')).map(found => found.note);
    expect(notes[0]).toMatch(/weights, 224 × 224 px, pre-trained$/);
    expect(notes[1]).toMatch(/weights$/);
  });

  it('are those of encoders within an architecture', async () => {
    const networks = vi.fn(() => Promise.resolve([card('Unet/resnet34'), card('UnetPlusPlus/resnet34')]));
    const found = await networkSuggestions({ networks }, 'smp', 'resnet', 'Unet');
    expect(found.map(each => each.value)).toEqual(['resnet34']);
    expect(networks).toHaveBeenCalledWith('smp', { text: 'Unet resnet', limit: 30 });
  });

  it('are offered by the inspector, and what is taken is the setting', async () => {
    const session = new EditorSession(new GraphStore(lenet()));
    session.store.dispatch(
      [{ op: 'addNode', id: 'net', node: { kind: 'torchvision_model', params: {}, x: 0, y: 0, note: '' } }],
      'Add'
    );
    const inspector = new Inspector({
      catalog,
      session,
      datasets: () => Promise.resolve([]),
      networks: (_library, text) => suggest(text),
      onDelete: vi.fn()
    });
    document.body.append(inspector.element);
    inspector.show({ nodes: new Set(['net']), edges: new Set() });
    const field = inspector.element.querySelector<HTMLInputElement>('[data-param=model] input');
    expect(field?.getAttribute('role')).toBe('combobox');
    if (field) {
      field.focus();
      field.value = 'vgg';
      field.dispatchEvent(new Event('input'));
      await vi.waitFor(() => {
        expect(inspector.element.querySelectorAll('[role=option]')).toHaveLength(1);
      });
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    }
    expect(session.store.document.nodes.net?.params.model).toBe('vgg11');
  });
});
