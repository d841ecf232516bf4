/** A list to type into: the layers that can be added, the nodes of the graph. */
import { fill, h } from './dom';

export interface Choice {
  label: string;
  detail: string;
  run: () => void;
}

const MOST = 60;

let made = 0;

export class Chooser {
  readonly element: HTMLElement;
  private readonly input = h('input', { type: 'text', role: 'combobox', 'aria-expanded': 'true', autocomplete: 'off' });
  private readonly list = h('ul', { role: 'listbox', 'aria-label': 'Choices' });
  private choices: readonly Choice[] = [];
  private shown: Choice[] = [];
  private active = 0;

  constructor(private readonly onClose: () => void) {
    this.list.id = `plab-choices-${(made += 1)}`;
    this.input.setAttribute('aria-controls', this.list.id);
    this.input.setAttribute('aria-autocomplete', 'list');
    this.element = h('section', { class: 'plab-chooser', hidden: true }, this.input, this.list);
    this.input.addEventListener('input', () => {
      this.active = 0;
      this.refresh();
    });
    this.element.addEventListener('keydown', event => {
      this.onKey(event);
    });
    this.element.addEventListener('focusout', event => {
      if (!this.element.contains(event.relatedTarget as Node | null)) {
        this.element.hidden = true;
      }
    });
  }

  /** Shows the list: with its upper edge at a point of the window, or in the middle above the canvas. */
  show(label: string, choices: readonly Choice[], at?: { x: number; y: number }): void {
    this.choices = choices;
    this.active = 0;
    this.input.value = '';
    this.input.placeholder = label;
    this.input.setAttribute('aria-label', label);
    this.element.hidden = false;
    this.refresh();
    this.place(at);
    this.input.focus({ preventScroll: true });
  }

  private place(at: { x: number; y: number } | undefined): void {
    const around = this.element.parentElement;
    this.element.classList.toggle('plab-chooser-there', Boolean(at));
    this.element.style.cssText = '';
    if (at && around) {
      const box = around.getBoundingClientRect();
      const { offsetWidth, offsetHeight } = this.element;
      const left = Math.max(8, Math.min(at.x - box.left, box.width - offsetWidth - 8));
      const top = Math.max(8, Math.min(at.y - box.top, box.height - Math.min(offsetHeight, 320) - 8));
      this.element.style.cssText = `left: ${left}px; top: ${top}px; max-height: ${box.height - top - 8}px`;
    }
  }

  private refresh(): void {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = ({ label, detail }: Choice): boolean =>
      words.every(word => `${label} ${detail}`.toLowerCase().includes(word));
    const begins = (choice: Choice): number => (choice.label.toLowerCase().startsWith(words[0] ?? '') ? 0 : 1);
    this.shown = this.choices
      .filter(fits)
      .sort((a, b) => begins(a) - begins(b))
      .slice(0, MOST);
    const rows = this.shown.map((choice, index) =>
      h(
        'li',
        {
          role: 'option',
          id: `${this.list.id}-${index}`,
          'aria-selected': String(index === this.active),
          onpointerdown: (event: Event) => {
            event.preventDefault();
            this.take(choice);
          }
        },
        h('span', {}, choice.label),
        h('small', {}, choice.detail)
      )
    );
    fill(this.list, ...(rows.length > 0 ? rows : [h('li', { class: 'plab-quiet' }, 'Nothing fits these letters.')]));
    const row = rows[this.active];
    row?.scrollIntoView({ block: 'nearest' });
    this.input.setAttribute('aria-activedescendant', row?.id ?? '');
  }

  private take(choice: Choice): void {
    this.element.hidden = true;
    this.onClose();
    choice.run();
  }

  private onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    const choice = this.shown[this.active];
    if (event.key === 'Escape') {
      this.element.hidden = true;
      this.onClose();
    } else if (event.key === 'Enter' && choice) {
      this.take(choice);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const next = this.active + (event.key === 'ArrowDown' ? 1 : -1);
      this.active = Math.max(0, Math.min(next, this.shown.length - 1));
      this.refresh();
    } else {
      return;
    }
    event.preventDefault();
  }
}
