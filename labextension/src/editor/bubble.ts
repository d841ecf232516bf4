/** A sentence near the pointer, with a button where there is a way out. */
import { fill, h, icon } from './dom';

export interface BubbleContent {
  /** A point of the window. */
  x: number;
  y: number;
  message: string;
  action?: { label: string; run: () => void } | undefined;
  /** It follows the pointer and cannot be clicked. */
  isPassing?: boolean;
}

export class Bubble {
  readonly element = h('div', { class: 'plab-bubble', role: 'alert', hidden: true });

  constructor(private readonly root: HTMLElement) {}

  get isShown(): boolean {
    return !this.element.hidden;
  }

  show({ x, y, message, action, isPassing = false }: BubbleContent): void {
    const close = h(
      'button',
      {
        type: 'button',
        class: 'plab-icon-button',
        'aria-label': 'Close',
        onclick: () => {
          this.hide();
        }
      },
      icon('cross')
    );
    fill(
      this.element,
      icon('error'),
      h(
        'div',
        {},
        h('p', {}, message),
        action &&
          h(
            'button',
            {
              type: 'button',
              class: 'plab-button plab-button-primary',
              onclick: () => {
                this.hide();
                action.run();
                this.root.focus({ preventScroll: true });
              }
            },
            action.label
          )
      ),
      isPassing ? null : close
    );
    this.element.classList.toggle('plab-bubble-passing', isPassing);
    this.element.hidden = false;
    const box = this.root.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = this.element;
    const left = Math.min(Math.max(8, x - box.left + 14), box.width - offsetWidth - 8);
    const below = y - box.top + 18;
    const top = below + offsetHeight > box.height - 8 ? y - box.top - offsetHeight - 14 : below;
    this.element.style.left = `${Math.max(8, left)}px`;
    this.element.style.top = `${Math.max(8, top)}px`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}
