/** Making elements in one expression. */
type Child = Node | string | null | undefined | false;
type Props = Record<string, unknown>;

/** `h('button', { class: 'plab-x', onclick: f, 'aria-label': 'Undo' }, 'text')`. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function' && name.startsWith('on')) {
      element.addEventListener(name.slice(2), value as EventListener);
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(name, String(value as string | number));
    }
  }
  element.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** Whether keys that are pressed there write something. */
export function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select') !== null;
}

/** Drawn on a 16 px grid in the color of the text. */
const ICONS = {
  undo: 'M5.5 3 2.5 6l3 3M2.8 6h6.4a4 4 0 0 1 0 8H6',
  redo: 'm10.5 3 3 3-3 3M13.2 6H6.8a4 4 0 0 0 0 8H10',
  fit: 'M2.5 5.5v-3h3m5 0h3v3m0 5v3h-3m-5 0h-3v-3',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  tidy: 'M5.5 2h5v3.5h-5Zm0 8.5h5V14h-5ZM8 5.5v5',
  trash: 'M2.6 4.2h10.8M6 4V2.2h4V4m-6 .4.6 9.4h6.8l.6-9.4',
  code: 'M5.2 4.4 1.8 8l3.4 3.6m5.6-7.2L14.2 8l-3.4 3.6',
  cross: 'm4 4 8 8m0-8-8 8',
  link: 'M6.6 9.4a2.6 2.6 0 0 0 3.7 0l2.4-2.4a2.6 2.6 0 0 0-3.7-3.7L8 4.3M9.4 6.6a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l1-1',
  unlink: 'M9.6 9.6 12.7 7a2.6 2.6 0 0 0-3.7-3.7L8 4.3M6.4 6.4 3.3 9a2.6 2.6 0 0 0 3.7 3.7l1-1M2.5 2.5l11 11',
  open: 'M9 2.5h4.5V7M13.2 2.8 7.5 8.5M11.5 9.5v4h-9v-9h4',
  into: 'm6 3 5 5-5 5',
  more: 'M2.5 8a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M7.5 8a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M12.5 8a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0',
  copy: 'M5.4 5.4V2.2h8.4v8.4h-3.2M2.2 5.4h8.4v8.4H2.2Z',
  error: 'M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3ZM8 4.8v4m0 2.2v.2',
  warning: 'M8 1.8 15 14H1L8 1.8Zm0 4.4v3.6m0 1.7v.2',
  advice: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8ZM8 7.4v3.8m0-6.4v.2',
  check: 'm2.8 8.6 3.4 3.4 7-7.6',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Zm3.3 7.8 3.4 3.4',
  reset: 'M3 8a5 5 0 1 0 1.6-3.7M3 2.8V5.5h2.7'
} as const;

export type IconName = keyof typeof ICONS;

/** A sign beside words; it says nothing to a screen reader that they do not say. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'plab-icon');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** Takes all of an element's children away and puts these in their place. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter(child => child !== null && child !== undefined && child !== false));
}
