import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Tour } from '../../src/editor/tour';

const root = (): HTMLElement => {
  const element = document.createElement('div');
  element.innerHTML = '<div class="plab-palette"></div><div class="plab-canvas"></div>';
  // jsdom lays nothing out: whatever is in the page counts as visible.
  Object.defineProperty(element, 'offsetParent', { get: () => (element.isConnected ? document.body : null) });
  document.body.replaceChildren(element);
  return element;
};
const button = (element: HTMLElement, label: string): HTMLElement | undefined =>
  [...element.querySelectorAll<HTMLElement>('.plab-tour button')].find(other => other.textContent === label);

describe('the tour', () => {
  beforeEach(() => {
    localStorage.clear();
    // jsdom has none: the place of the card is a matter for the browser.
    vi.stubGlobal(
      'ResizeObserver',
      class {
        observe = vi.fn();
        disconnect = vi.fn();
      }
    );
  });

  it('has five steps, the first of which marks the palette, and can be gone back', () => {
    const element = root();
    new Tour(element).start();
    expect(element.querySelector('.plab-tour-part')?.className).toContain('plab-palette');
    button(element, 'Next')?.click();
    button(element, 'Back')?.click();
    for (let step = 1; step < 5; step += 1) {
      expect(element.querySelector('.plab-tour')?.textContent).toContain(`${step} of 5`);
      button(element, 'Next')?.click();
    }
    button(element, 'Done')?.click();
    expect(element.querySelector<HTMLElement>('.plab-tour')?.hidden).toBe(true);
    expect(element.querySelector('.plab-tour-part')).toBeNull();
  });

  it('comes by itself once, is skipped for good, and comes again when it is asked for', () => {
    const element = root();
    const tour = new Tour(element);
    const isShown = (): boolean => !element.querySelector<HTMLElement>('.plab-tour')?.hidden;
    tour.startOnce();
    expect(isShown()).toBe(true);
    button(element, 'Skip')?.click();
    expect(isShown()).toBe(false);
    tour.startOnce();
    expect(isShown()).toBe(false);
    tour.start();
    expect(isShown()).toBe(true);
  });

  it('ends by Escape wherever the focus is, and nothing else hears of that key', () => {
    const element = root();
    const heard = vi.fn();
    element.addEventListener('keydown', heard);
    new Tour(element).startOnce();
    const press = (): void => {
      element
        .querySelector('.plab-canvas')
        ?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    };
    press();
    expect(element.querySelector<HTMLElement>('.plab-tour')?.hidden).toBe(true);
    expect(heard).not.toHaveBeenCalled();
    press();
    expect(heard).toHaveBeenCalledOnce();
  });
});
