/** New layers, other kinds of layers, and new connections: dropped, chosen from a list, drawn. */
import type { Catalog, GraphDocument, GraphEdge, KindCard, Operation } from '../generated';
import {
  type Addition,
  addNodeWith,
  belongsIntoBlocks,
  kindOf,
  kindsAt,
  kindsInPlaceOf,
  kindsToAdd,
  nameOf,
  type OpenPort,
  swapKind,
  whyNotAdd
} from '../graph';
import type { Bubble } from './bubble';
import type { GraphCanvas } from './canvas';
import type { Chooser } from './chooser';
import { addedBelow, dropped, onGrid } from './dropping';
import type { EditorSession, Selection } from './session';

export interface AddingParts {
  root: HTMLElement;
  session: EditorSession;
  catalog: Catalog;
  canvas: GraphCanvas;
  /** Where somebody types to find layers: the cursor stays there, so that several can be added one after the other. */
  search: HTMLElement;
  bubble: Bubble;
  chooser: Chooser;
  announce: (text: string) => void;
  select: (selection: Selection) => void;
}

export class Adding {
  constructor(private readonly parts: AddingParts) {}

  /** A kind was dropped at a point of the window. */
  drop(kind: string, clientX: number, clientY: number): void {
    const { canvas, catalog, root } = this.parts;
    const point = canvas.toDocument(clientX, clientY);
    if (point && !this.refuses(kind, clientX, clientY)) {
      this.add(kind, dropped(this.document, catalog, canvas.allCards, kind, point));
      // The press left the focus on the chip; what was dropped is on the canvas, and so are the keys from now on.
      root.focus({ preventScroll: true });
    }
  }

  /** Adds a kind below the selected node. */
  below(kind: string): void {
    const { canvas, catalog } = this.parts;
    const box = canvas.element.getBoundingClientRect();
    if (!this.refuses(kind, box.left + 16, box.top + 16)) {
      const selected = [...canvas.selection.nodes].at(-1);
      this.add(kind, addedBelow(this.document, catalog, kind, selected, canvas.center));
    }
  }

  /** Offers what fits below the selected node, or every kind. */
  offer(): void {
    const selected = [...this.parts.canvas.selection.nodes].at(-1);
    const kind = kindOf(this.document, this.parts.catalog, this.document.nodes[selected ?? '']?.kind ?? '');
    const port = kind?.outputs[0];
    if (selected === undefined || !port) {
      this.choose('Add a layer', kindsToAdd(this.document, this.parts.catalog), card => {
        this.below(card.kind);
      });
      return;
    }
    const open: OpenPort = { node: selected, side: 'outputs', port };
    const fitting = kindsAt(this.document, this.parts.catalog, open);
    this.choose(`Add a layer that takes what ${nameOf(this.document, selected)} gives`, fitting, card => {
      this.below(card.kind);
    });
  }

  /** Offers every kind for a point of the window. */
  offerAt(clientX: number, clientY: number): void {
    const kinds = kindsToAdd(this.document, this.parts.catalog);
    const add = (card: KindCard): void => {
      this.drop(card.kind, clientX, clientY);
    };
    this.choose('Add a layer here', kinds, add, { x: clientX, y: clientY });
  }

  /** Offers the kinds that a line from a port can end at, where it was let go. */
  offerFor(open: OpenPort, clientX: number, clientY: number): void {
    const { canvas, catalog } = this.parts;
    const point = canvas.toDocument(clientX, clientY);
    if (!point) {
      return;
    }
    const { x, y } = onGrid(point);
    const wants = open.side === 'outputs' ? 'takes what' : 'gives what';
    const does = open.side === 'outputs' ? 'gives' : 'takes';
    this.choose(
      `A layer that ${wants} ${nameOf(this.document, open.node)} ${does}`,
      kindsAt(this.document, catalog, open),
      ({ kind }) => {
        const added = addNodeWith(this.document, catalog, kind, open, x, y);
        if (added) {
          this.add(kind, added);
        }
      },
      { x: clientX, y: clientY }
    );
  }

  /** Offers the kinds that the selected node may become with all its connections. */
  offerKinds(): void {
    const { canvas, catalog, announce, select } = this.parts;
    const [id = ''] = canvas.selection.nodes;
    const name = nameOf(this.document, id);
    this.choose(`Change ${name} into`, kindsInPlaceOf(this.document, catalog, id), card => {
      const swapped = swapKind(this.document, catalog, id, card.kind);
      if (swapped) {
        this.change(swapped.operations, `Change ${name} into ${card.label}`);
        select({ nodes: new Set([swapped.id]), edges: new Set() });
        announce(`${name} is a ${card.label} now, with the same connections.`);
      }
    });
  }

  connect(id: string, edge: GraphEdge): void {
    this.change([{ op: 'addEdge', id, edge }], 'Connect');
    this.parts.announce(`Connected ${nameOf(this.document, edge.from)} with ${nameOf(this.document, edge.to)}.`);
  }

  private get document(): GraphDocument {
    return this.parts.session.store.document;
  }

  private add(kind: string, { id, operations }: Addition): void {
    const { canvas, catalog, root, search, select } = this.parts;
    this.change(operations, `Add ${kindOf(this.document, catalog, kind)?.label ?? kind}`);
    select({ nodes: new Set([id]), edges: new Set() });
    canvas.reveal(id);
    if (!search.contains(window.document.activeElement)) {
      root.focus({ preventScroll: true });
    }
  }

  private choose(
    label: string,
    kinds: readonly KindCard[],
    take: (card: KindCard) => void,
    at?: { x: number; y: number }
  ): void {
    const choices = kinds.map(card => ({
      label: card.label,
      detail: card.summary,
      run: () => {
        take(card);
      }
    }));
    this.parts.chooser.show(label, choices, at);
  }

  private refuses(kind: string, x: number, y: number): boolean {
    const { bubble, catalog, session } = this.parts;
    const card = kindOf(this.document, catalog, kind);
    const isOutside = session.path.length > 0 && card !== undefined && !belongsIntoBlocks(card);
    const message = isOutside
      ? `${card.label} belongs to the whole graph and not into a block.`
      : whyNotAdd(this.document, catalog, kind);
    if (message !== null) {
      bubble.show({ x, y, message });
    }
    return message !== null;
  }

  private change(operations: Operation[], label: string): void {
    this.parts.session.store.dispatch(operations, label);
  }
}
