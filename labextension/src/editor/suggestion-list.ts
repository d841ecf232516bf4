/** What may be meant by what somebody types: a list below a text field, for the keyboard and the mouse alike. */
import { fill, h } from './dom';

export interface Suggestion {
  value: string;
  /** What helps to choose, in small letters behind the name. */
  note: string;
}

/** People type a name faster than this; only when they pause somebody is asked. */
const PAUSE_MS = 120;

let count = 0;

/** An editable combobox as the ARIA practices describe it: the cursor stays in the field. */
export class SuggestionList {
  readonly element: HTMLElement;
  private shown: Suggestion[] = [];
  private active = -1;
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly input: HTMLInputElement,
    private readonly suggest: (text: string) => Promise<Suggestion[]>,
    private readonly onTake: (value: string) => void
  ) {
    const id = `plab-suggestions-${(count += 1)}`;
    this.element = h('ul', {
      class: 'plab-suggestions',
      id,
      role: 'listbox',
      'aria-label': 'Suggestions',
      hidden: true
    });
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-controls', id);
    input.setAttribute('aria-expanded', 'false');
    input.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.ask(input.value), PAUSE_MS);
    });
    input.addEventListener('keydown', event => {
      this.onKey(event);
    });
    input.addEventListener('blur', () => {
      this.close();
    });
    // The field keeps the cursor, so that leaving it does not close the list before the click arrives.
    this.element.addEventListener('mousedown', event => {
      event.preventDefault();
      const row = (event.target as HTMLElement).closest<HTMLElement>('[role=option]');
      if (row) {
        this.take(Number(row.dataset.place));
      }
    });
  }

  private async ask(text: string): Promise<void> {
    const own = (this.asked += 1);
    let found: Suggestion[];
    try {
      found = await this.suggest(text);
    } catch (reason) {
      console.error('PathoLearn Lab: no suggestions', reason);
      return;
    }
    // An answer to what is no longer typed, or for a field that was left meanwhile.
    if (own === this.asked && this.input === document.activeElement) {
      this.open(found);
    }
  }

  private open(found: Suggestion[]): void {
    this.shown = found;
    fill(
      this.element,
      ...found.map(({ value, note }, place) =>
        h(
          'li',
          { role: 'option', id: `${this.element.id}-${place}`, 'data-place': place, 'aria-selected': 'false' },
          h('span', {}, value),
          h('small', {}, note)
        )
      )
    );
    this.element.hidden = found.length === 0;
    this.input.setAttribute('aria-expanded', String(found.length > 0));
    this.mark(-1);
  }

  private close(): void {
    clearTimeout(this.timer);
    this.asked += 1;
    this.open([]);
  }

  private onKey(event: KeyboardEvent): void {
    const isOpen = !this.element.hidden;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (isOpen) {
        const last = this.shown.length - 1;
        const next = this.active + (event.key === 'ArrowDown' ? 1 : -1);
        this.mark(next > last ? 0 : next < 0 ? last : next);
      } else {
        void this.ask(this.input.value);
      }
    } else if (event.key === 'Enter' && isOpen && this.active >= 0) {
      event.preventDefault();
      event.stopPropagation();
      this.take(this.active);
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  private mark(place: number): void {
    this.active = place;
    [...this.element.children].forEach((row, other) => {
      row.setAttribute('aria-selected', String(other === place));
      if (other === place) {
        row.scrollIntoView?.({ block: 'nearest' });
      }
    });
    if (place >= 0) {
      this.input.setAttribute('aria-activedescendant', `${this.element.id}-${place}`);
    } else {
      this.input.removeAttribute('aria-activedescendant');
    }
  }

  private take(place: number): void {
    const chosen = this.shown[place];
    this.close();
    if (chosen) {
      this.onTake(chosen.value);
    }
  }
}
