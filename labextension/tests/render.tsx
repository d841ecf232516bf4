/** Draws a component into a page and waits until nothing moves any more. */
import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
// What jsdom lacks.
URL.createObjectURL = () => 'blob:picture';
URL.revokeObjectURL = () => undefined;

export interface Drawn {
  element: HTMLElement;
  redraw(node: ReactNode): Promise<void>;
  unmount(): void;
}

export async function draw(node: ReactNode): Promise<Drawn> {
  const element = document.createElement('div');
  document.body.append(element);
  const root = createRoot(element);
  const redraw = async (next: ReactNode): Promise<void> => {
    await act(async () => {
      root.render(next);
      await settled();
    });
  };
  await redraw(node);
  return {
    element,
    redraw,
    unmount() {
      act(() => {
        root.unmount();
      });
      element.remove();
    }
  };
}

/** Lets promises that are ready run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) {
    await Promise.resolve();
  }
}

export async function doing(action: () => void): Promise<void> {
  await act(async () => {
    action();
    await settled();
  });
}

/** The button whose text contains `text`. */
export function button(element: HTMLElement, text: string): HTMLButtonElement {
  const found = [...element.querySelectorAll('button')].find(one => one.textContent.includes(text));
  if (!found) {
    throw new Error(`There is no button '${text}' in: ${element.textContent}`);
  }
  return found;
}

export async function click(element: HTMLElement, text: string): Promise<void> {
  const target = button(element, text);
  await doing(() => {
    target.click();
  });
}

/** Types into a field as a person does: React hears of it. */
export async function type(input: HTMLInputElement | HTMLSelectElement, text: string): Promise<void> {
  const prototype = input instanceof HTMLSelectElement ? HTMLSelectElement.prototype : HTMLInputElement.prototype;
  await doing(() => {
    Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(input, text);
    input.dispatchEvent(new Event(input instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }));
  });
}

/** Gives a file to a hidden file field, as the browser's dialog does. */
export async function choose(input: HTMLInputElement, file: File): Promise<void> {
  Object.defineProperty(input, 'files', { value: [file], configurable: true });
  Object.defineProperty(input, 'value', { value: '', writable: true, configurable: true });
  await doing(() => {
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
}

/** Events that the test sends itself. */
export function fakeEvents(): {
  subscribe: (callback: (event: { topic: string; data: unknown }) => void, topics: string[]) => () => void;
  send: (topic: string, data?: unknown) => void;
  count: () => number;
} {
  const callbacks = new Map<(event: { topic: string; data: unknown }) => void, string[]>();
  return {
    subscribe(callback, topics) {
      callbacks.set(callback, topics);
      return () => callbacks.delete(callback);
    },
    send(topic, data = {}) {
      for (const [callback, topics] of callbacks) {
        if (topics.includes(topic)) {
          callback({ topic, data });
        }
      }
    },
    count: () => callbacks.size
  };
}
