/** The others on the canvas: their pointers, what they have selected, the field they are in; and whom to follow. */
import type { GraphCanvas } from '../canvas';
import { CARD_HEIGHT, CARD_WIDTH } from '../../graph';
import { fill, h } from '../dom';
import { Frame } from '../frame';
import type { EditorSession } from '../session';
import type { Person, Room } from './room';

export interface PeopleOptions {
  room: Room;
  root: HTMLElement;
  canvas: GraphCanvas;
  session: EditorSession;
  announce: (text: string) => void;
}

/** Shows the others until the returned function is called. */
export function showPeople(options: PeopleOptions): () => void {
  const people = new People(options);
  return () => {
    people.dispose();
  };
}

class People {
  private readonly list = h('div', { class: 'plab-people', role: 'group', 'aria-label': 'People in this drawing' });
  private readonly layer = h('div', { class: 'plab-people-layer', 'aria-hidden': 'true' });
  private others: Person[] = [];
  private followed: number | undefined;
  /** The cards that others are dragging just now. */
  private held = new Set<string>();
  /** What was drawn last, so that nothing is drawn anew that looks the same. */
  private drawn = '';
  /** Several people may say thirty times a second what they do. */
  private readonly frame = new Frame(() => {
    this.refresh();
  });
  private readonly ends: (() => void)[] = [];

  constructor(private readonly options: PeopleOptions) {
    const { room, root, canvas, session } = options;
    canvas.element.append(this.layer);
    const on = (target: EventTarget, name: string, act: (event: Event) => void): void => {
      target.addEventListener(name, act);
      this.ends.push(() => {
        target.removeEventListener(name, act);
      });
    };
    on(canvas.element, 'pointermove', event => {
      const { clientX, clientY } = event as PointerEvent;
      room.say({ cursor: canvas.toDocument(clientX, clientY) ?? null });
    });
    on(canvas.element, 'pointerleave', () => {
      room.say({ cursor: null });
    });
    for (const name of ['pointerdown', 'wheel']) {
      on(canvas.element, name, () => {
        this.follow(undefined);
      });
    }
    on(canvas.element, 'plab:painted', () => {
      if (!this.list.isConnected) {
        root.querySelector('.plab-toolbar-space')?.after(this.list);
      }
      this.tellView();
      this.draw();
    });
    on(root, 'focusin', event => {
      const field = (event.target as Element).closest<HTMLElement>('.plab-param');
      const node = [...session.selection.nodes][0];
      const label = field?.querySelector('label')?.textContent ?? '';
      room.say({ field: field && node !== undefined ? { node, param: field.dataset['param'] ?? '', label } : null });
    });
    on(window, 'pagehide', () => {
      room.vanish();
    });
    const tellHidden = (): void => {
      room.say({ isHidden: document.visibilityState === 'hidden' });
    };
    on(document, 'visibilitychange', tellHidden);
    tellHidden();
    on(root, 'focusout', () => {
      room.say({ field: null });
    });
    this.ends.push(
      room.subscribe(() => {
        this.frame.request();
      }),
      () => {
        this.frame.cancel();
      }
    );
    this.refresh();
  }

  dispose(): void {
    for (const end of this.ends) {
      end();
    }
    this.options.room.leave();
    this.layer.remove();
    this.list.remove();
  }

  private get path(): string {
    return this.options.session.path.join('/');
  }

  private get zoom(): number {
    return Number(this.options.canvas.element.dataset['view']?.split(' ')[0] ?? 1);
  }

  /** Where on the canvas a point of the document is, in CSS px. */
  private onCanvas(x: number, y: number): { x: number; y: number } {
    const { center, element } = this.options.canvas;
    return {
      x: element.clientWidth / 2 + (x - center.x) * this.zoom,
      y: element.clientHeight / 2 + (y - center.y) * this.zoom
    };
  }

  private tellView(): void {
    const { room, canvas, session } = this.options;
    const { x, y } = canvas.center;
    room.say({
      selection: [...session.selection.nodes],
      path: this.path,
      drag: Object.fromEntries(
        [...canvas.moved].flatMap(id => canvas.allCards.get(id) ?? []).map(card => [card.id, [card.x, card.y] as const])
      ),
      view: { x, y, zoom: this.zoom }
    });
  }

  private refresh(): void {
    const before = new Set(this.others.map(({ client }) => client));
    this.others = this.options.room.others;
    const newcomers = this.others.filter(({ client }) => !before.has(client));
    for (const { name } of newcomers) {
      this.options.announce(`${name} is in this drawing.`);
    }
    if (newcomers.length > 0) {
      this.options.room.greet();
    }
    if (before.size !== this.others.length || newcomers.length > 0) {
      this.showList();
    }
    this.moveWhatIsDragged();
    const view = this.others.find(({ client }) => client === this.followed)?.presence.view;
    if (view) {
      this.options.canvas.centerOn(view.x, view.y, view.zoom);
    } else if (this.followed !== undefined) {
      this.follow(undefined);
    }
    this.markFields(this.others.filter(({ presence }) => presence.path === this.path));
    this.draw();
  }

  /** A card that somebody drags moves here too; let go without a change, it goes back to where the graph has it. */
  private moveWhatIsDragged(): void {
    const { canvas, session } = this.options;
    const here = this.others.filter(({ presence }) => presence.path === this.path);
    const places = new Map(here.flatMap(({ presence }) => Object.entries(presence.drag)));
    for (const id of this.held) {
      const node = session.store.document.nodes[id];
      if (!places.has(id) && node) {
        canvas.put(id, node.x, node.y);
      }
    }
    for (const [id, [x, y]] of places) {
      canvas.put(id, x, y);
    }
    this.held = new Set(places.keys());
  }

  private follow(client: number | undefined): void {
    if (this.followed !== client) {
      this.followed = client;
      this.showList();
      this.refresh();
    }
  }

  private showList(): void {
    fill(
      this.list,
      ...this.others.map(({ client, name, initials, color }) => {
        const isFollowed = client === this.followed;
        const title = isFollowed ? `Stop following ${name}` : `Follow ${name}: see what they see`;
        const button = h(
          'button',
          {
            type: 'button',
            class: 'plab-person',
            title,
            'aria-label': title,
            'aria-pressed': String(isFollowed),
            onclick: () => {
              this.follow(isFollowed ? undefined : client);
            }
          },
          initials
        );
        button.style.setProperty('--plab-person', color);
        return button;
      })
    );
  }

  private draw(): void {
    if (this.others.length === 0 && !this.layer.hasChildNodes()) {
      return;
    }
    const here = this.others.filter(({ presence }) => presence.path === this.path);
    const marks = here.flatMap(person => [...this.boxes(person), ...this.pointer(person)]);
    const drawn = JSON.stringify(marks);
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      fill(this.layer, ...marks.map(elementOf));
    }
  }

  private boxes({ name, color, presence: { selection, field } }: Person): Mark[] {
    const { canvas } = this.options;
    const ids = new Set(field ? [...selection, field.node] : selection);
    return [...ids].flatMap(id => {
      const card = canvas.allCards.get(id);
      if (!card) {
        return [];
      }
      const words = field?.node === id ? `${name}: ${field.label}` : id === selection[0] ? name : '';
      const at = this.onCanvas(card.x - CARD_WIDTH / 2, card.y - CARD_HEIGHT / 2);
      const size = { width: CARD_WIDTH * this.zoom, height: CARD_HEIGHT * this.zoom };
      return [{ look: 'box', words, color, ...at, size }];
    });
  }

  private pointer({ name, color, presence: { cursor } }: Person): Mark[] {
    return cursor ? [{ look: 'pointer', words: name, color, ...this.onCanvas(cursor.x, cursor.y) }] : [];
  }

  /** The field that somebody is in, where the same node is selected here. */
  private markFields(here: Person[]): void {
    const { root, session } = this.options;
    const selected = session.selection.nodes.size === 1 ? [...session.selection.nodes][0] : undefined;
    const editing = new Map(
      here.flatMap(({ color, name, presence: { field } }) =>
        field && field.node === selected ? [[field.param, { color, name }]] : []
      )
    );
    for (const element of root.querySelectorAll<HTMLElement>('.plab-param')) {
      const person = editing.get(element.dataset['param'] ?? '');
      element.classList.toggle('plab-param-busy', person !== undefined);
      element.style.setProperty('--plab-person', person?.color ?? '');
      element.dataset['editor'] = person ? `${person.name} is here` : '';
    }
  }
}

/** What is drawn of somebody, in CSS px on the canvas. */
interface Mark {
  look: 'box' | 'pointer';
  words: string;
  color: string;
  x: number;
  y: number;
  size?: { width: number; height: number };
}

function elementOf({ look, words, color, x, y, size }: Mark): HTMLElement {
  const element = h('div', { class: `plab-person-${look}` }, words && h('span', {}, words));
  element.style.setProperty('--plab-person', color);
  element.style.transform = `translate(${x}px, ${y}px)`;
  if (size) {
    element.style.width = `${size.width}px`;
    element.style.height = `${size.height}px`;
  }
  return element;
}
