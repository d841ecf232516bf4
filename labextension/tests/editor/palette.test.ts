import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Palette } from '../../src/editor/palette';
import { catalog, lenet } from '../graph/golden';

const onAdd = vi.fn();
const onDrop = vi.fn();
let palette: Palette;

beforeEach(() => {
  vi.clearAllMocks();
  palette = new Palette({ catalog, document: lenet, onAdd, onDrop });
  document.body.replaceChildren(palette.element);
  HTMLElement.prototype.setPointerCapture = () => undefined;
});

function chip(kind: string): HTMLElement {
  const found = palette.element.querySelector<HTMLElement>(`[data-kind="${kind}"]`);
  if (!found) {
    throw new Error(`There is no chip ${kind}.`);
  }
  return found;
}

function pointer(type: string, x: number, y: number): MouseEvent {
  return new MouseEvent(type, { clientX: x, clientY: y, button: 0, bubbles: true });
}

describe('the palette', () => {
  it('has every kind of the catalogue', () => {
    expect(palette.element.querySelectorAll('.plab-chip')).toHaveLength(Object.keys(catalog.kinds).length);
  });

  it('begins with the basic kinds, and shows all at a click', () => {
    const shown = (): string[] =>
      [...palette.element.querySelectorAll<HTMLElement>('.plab-chip:not([hidden])')].map(
        found => found.dataset.kind ?? ''
      );
    const basic = Object.values(catalog.kinds).filter(card => card.basic);
    expect(new Set(shown())).toEqual(new Set(basic.map(card => card.kind)));
    expect(shown()).toContain('conv2d');
    expect(shown()).not.toContain('conv_transpose2d');
    const all = palette.element.querySelector<HTMLElement>('.plab-palette-all');
    all?.click();
    expect(all?.getAttribute('aria-pressed')).toBe('true');
    expect(shown()).toHaveLength(Object.keys(catalog.kinds).length);
    all?.click();
    expect(shown()).toHaveLength(basic.length);
  });

  it('finds by what a kind does, and says when there is nothing', () => {
    const search = palette.element.querySelector<HTMLInputElement>('input');
    const look = (words: string): string[] => {
      if (search) {
        search.value = words;
        search.dispatchEvent(new Event('input'));
      }
      const shown = palette.element.querySelectorAll<HTMLElement>('.plab-chip:not([hidden])');
      return [...shown].map(found => found.dataset.kind ?? '');
    };
    expect(look('pool')).toContain('max_pool2d');
    expect(look('pool')).not.toContain('conv2d');
    expect(look('transposed')).toContain('conv_transpose2d');
    expect(look('zzz')).toEqual([]);
    expect(palette.element.textContent).toContain('No layer is called “zzz”');
  });

  it('marks a kind of which there is one already', () => {
    expect(chip('dataset').getAttribute('aria-disabled')).toBe('true');
    expect(chip('conv2d').getAttribute('aria-disabled')).toBe('false');
  });

  it('adds with Enter and with a double click', () => {
    chip('relu').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
    chip('relu').dispatchEvent(new MouseEvent('dblclick'));
    expect(onAdd).toHaveBeenCalledTimes(2);
    expect(onAdd).toHaveBeenCalledWith('relu');
  });

  it('drops at the pointer, with a ghost on the body on the way', () => {
    chip('relu').dispatchEvent(pointer('pointerdown', 10, 10));
    chip('relu').dispatchEvent(pointer('pointermove', 200, 120));
    expect(document.body.querySelector(':scope > .plab-drag-ghost')?.textContent).toBe('ReLU');
    chip('relu').dispatchEvent(pointer('pointerup', 210, 130));
    expect(onDrop).toHaveBeenCalledExactlyOnceWith('relu', 210, 130);
    expect(document.body.querySelector('.plab-drag-ghost')).toBeNull();
  });

  it('takes a click without movement for no drag', () => {
    chip('relu').dispatchEvent(pointer('pointerdown', 10, 10));
    chip('relu').dispatchEvent(pointer('pointerup', 11, 10));
    expect(onDrop).not.toHaveBeenCalled();
  });
});
