/** All kinds of nodes, by category. Drag one onto the canvas, or press Enter to add it below the selected node. */
import type { Catalog, GraphDocument, KindCard } from '../generated';
import { whyNotAdd } from '../graph';
import { h, icon } from './dom';

/** A pointer that moved less than this was a click, not a drag. */
const DRAG_FROM_PX = 4;

export interface PaletteOptions {
  catalog: Catalog;
  document: () => GraphDocument;
  /** Dropped at a point of the window. */
  onDrop: (kind: string, clientX: number, clientY: number) => void;
  onAdd: (kind: string) => void;
}

export class Palette {
  readonly element: HTMLElement;
  private readonly search: HTMLInputElement;
  /** Off: only what a first network needs. A search looks through all kinds either way. */
  private readonly all = h(
    'button',
    {
      type: 'button',
      class: 'plab-palette-all',
      'aria-pressed': 'false',
      onclick: () => {
        this.all.setAttribute('aria-pressed', String(!this.showsAll));
        this.filter();
      }
    },
    'All layers'
  );
  private readonly list = h('div', { class: 'plab-palette-list' });
  private readonly chips = new Map<string, HTMLButtonElement>();

  constructor(private readonly options: PaletteOptions) {
    this.search = h('input', {
      type: 'search',
      class: 'plab-palette-search',
      placeholder: 'Find a layer',
      'aria-label': 'Find a layer',
      oninput: () => {
        this.filter();
      },
      onkeydown: (event: KeyboardEvent) => {
        const first = [...this.chips.values()].find(chip => !chip.hidden && !chip.parentElement?.hidden);
        if (event.key === 'Enter' && first) {
          event.preventDefault();
          options.onAdd(first.dataset.kind ?? '');
          this.search.value = '';
          this.filter();
        } else if (event.key === 'ArrowDown') {
          event.preventDefault();
          first?.focus();
        }
      }
    });
    for (const category of options.catalog.categories) {
      const cards = Object.values(options.catalog.kinds).filter(card => card.category === category);
      if (cards.length > 0) {
        this.list.append(this.section(category, cards));
      }
    }
    this.element = h(
      'nav',
      { class: 'plab-palette', 'aria-label': 'Layers to add' },
      h('label', { class: 'plab-palette-find' }, icon('search'), this.search),
      this.all,
      this.list
    );
    this.filter();
    this.refresh();
  }

  /** Shows which kinds can be added just now. */
  refresh(): void {
    const document = this.options.document();
    for (const [kind, chip] of this.chips) {
      const reason = whyNotAdd(document, this.options.catalog, kind);
      const title = reason ?? this.options.catalog.kinds[kind]?.summary ?? '';
      if (chip.title !== title) {
        chip.setAttribute('aria-disabled', String(reason !== null));
        chip.title = title;
      }
    }
  }

  focusSearch(): void {
    this.search.focus();
    this.search.select();
  }

  private get showsAll(): boolean {
    return this.all.getAttribute('aria-pressed') === 'true';
  }

  private section(category: string, cards: KindCard[]): HTMLElement {
    const heading = `plab-palette-${category}-${Math.random().toString(36).slice(2, 8)}`;
    return h(
      'section',
      { class: 'plab-palette-section', 'data-category': category, 'aria-labelledby': heading },
      h('h3', { id: heading }, category),
      ...cards.map(card => this.chip(card))
    );
  }

  private chip(card: KindCard): HTMLButtonElement {
    const chip = h(
      'button',
      {
        type: 'button',
        class: 'plab-chip',
        'data-kind': card.kind,
        ondblclick: () => {
          this.options.onAdd(card.kind);
        },
        onkeydown: (event: KeyboardEvent) => {
          this.onChipKey(event, card.kind);
        },
        onpointerdown: (event: PointerEvent) => {
          this.onDrag(event, chip, card.kind);
        }
      },
      card.label
    );
    this.chips.set(card.kind, chip);
    return chip;
  }

  private onChipKey(event: KeyboardEvent, kind: string): void {
    const shown = [...this.chips.values()].filter(chip => chip.offsetParent !== null || !chip.hidden);
    const place = shown.findIndex(chip => chip.dataset.kind === kind);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.options.onAdd(kind);
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      shown[place + 1]?.focus();
    } else if (event.key === 'ArrowUp') {
      event.preventDefault();
      (shown[place - 1] ?? this.search).focus();
    }
  }

  /** The ghost hangs on the page's body, so that nothing cuts it off on its way. */
  private onDrag(begin: PointerEvent, chip: HTMLButtonElement, kind: string): void {
    if (begin.button !== 0) {
      return;
    }
    let ghost: HTMLElement | undefined;
    const move = (event: PointerEvent): void => {
      if (!ghost && Math.hypot(event.clientX - begin.clientX, event.clientY - begin.clientY) >= DRAG_FROM_PX) {
        ghost = h('div', { class: 'plab-root plab-drag-ghost' }, chip.textContent);
        document.body.append(ghost);
      }
      if (ghost) {
        ghost.style.transform = `translate(${event.clientX}px, ${event.clientY}px) translate(-50%, -50%)`;
      }
    };
    const end = (event: PointerEvent): void => {
      chip.removeEventListener('pointermove', move);
      chip.removeEventListener('pointerup', end);
      chip.removeEventListener('pointercancel', end);
      if (ghost && event.type === 'pointerup') {
        this.options.onDrop(kind, event.clientX, event.clientY);
      }
      ghost?.remove();
    };
    chip.setPointerCapture(begin.pointerId);
    chip.addEventListener('pointermove', move);
    chip.addEventListener('pointerup', end);
    chip.addEventListener('pointercancel', end);
  }

  private filter(): void {
    const words = this.search.value.trim().toLowerCase();
    for (const [kind, chip] of this.chips) {
      const card = this.options.catalog.kinds[kind];
      const isFound = `${card?.label} ${kind} ${card?.category} ${card?.summary}`.toLowerCase().includes(words);
      chip.hidden = !isFound || !(words || this.showsAll || card?.basic);
    }
    for (const section of this.list.querySelectorAll<HTMLElement>('section')) {
      section.hidden = [...section.querySelectorAll<HTMLElement>('.plab-chip')].every(chip => chip.hidden);
    }
    const isEmpty = [...this.chips.values()].every(chip => chip.hidden);
    this.list.querySelector('.plab-palette-none')?.remove();
    if (isEmpty) {
      this.list.append(h('p', { class: 'plab-palette-none' }, `No layer is called “${this.search.value}”.`));
    }
  }
}
