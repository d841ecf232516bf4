/** The menu of all actions: at the pointer with the right button, or under the toolbar's last button. */
import { ACTION_IDS, ACTIONS, type ActionId, GROUPS, keyText } from './actions';
import type { GraphCanvas } from './canvas';
import { fill, h } from './dom';
import type { Selection } from './session';

export class Menu {
  readonly element = h('div', { class: 'plab-menu', role: 'menu', 'aria-label': 'Actions', hidden: true });

  constructor(
    private readonly root: HTMLElement,
    private readonly run: (action: ActionId) => void
  ) {
    this.element.addEventListener('keydown', event => {
      this.onKey(event);
    });
    this.element.addEventListener('contextmenu', event => {
      event.preventDefault();
    });
  }

  get isShown(): boolean {
    return !this.element.hidden;
  }

  /** Shows what can be done, with a corner at a point of the window. */
  show(x: number, y: number, canDo: (action: ActionId) => boolean): void {
    const groups = GROUPS.map(group =>
      h(
        'div',
        { role: 'group', 'aria-label': group },
        ...ACTION_IDS.filter(id => ACTIONS[id].group === group).map(id => this.item(id, canDo(id)))
      )
    );
    fill(this.element, ...groups);
    this.element.hidden = false;
    const box = this.root.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = this.element;
    this.element.style.left = `${Math.max(4, Math.min(x - box.left, box.width - offsetWidth - 4))}px`;
    this.element.style.top = `${Math.max(4, Math.min(y - box.top, box.height - offsetHeight - 4))}px`;
    this.items[0]?.focus({ preventScroll: true });
  }

  /** Opens at the right button; what is under the pointer is selected then. */
  openAtPointer(
    canvas: GraphCanvas,
    select: (selection: Selection) => void,
    canDo: (action: ActionId) => boolean
  ): void {
    canvas.element.addEventListener('contextmenu', event => {
      event.preventDefault();
      event.stopPropagation();
      const point = canvas.toDocument(event.clientX, event.clientY);
      const card = point && canvas.cardUnder(point.x, point.y);
      if (card && !canvas.selection.nodes.has(card.id)) {
        select({ nodes: new Set([card.id]), edges: new Set() });
      }
      this.show(event.clientX, event.clientY, canDo);
    });
  }

  hide(): void {
    this.element.hidden = true;
  }

  private get items(): HTMLButtonElement[] {
    return [...this.element.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
  }

  private item(id: ActionId, isEnabled: boolean): HTMLElement {
    const { label, keys } = ACTIONS[id];
    return h(
      'button',
      {
        type: 'button',
        role: 'menuitem',
        'data-action': id,
        disabled: !isEnabled,
        tabindex: -1,
        onclick: () => {
          this.hide();
          this.root.focus({ preventScroll: true });
          this.run(id);
        }
      },
      h('span', {}, label),
      h('kbd', {}, keyText(keys[0] ?? ''))
    );
  }

  private onKey(event: KeyboardEvent): void {
    const { items } = this;
    const place = items.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'Escape' || event.key === 'Tab') {
      this.hide();
      this.root.focus({ preventScroll: true });
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const next = place + (event.key === 'ArrowDown' ? 1 : -1);
      items[(next + items.length) % items.length]?.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
