/** New layers and new connections: dropped, chosen from a list, drawn. */
import type { Catalog, GraphDocument, GraphEdge, Operation } from '../generated';
import { type Addition, belongsIntoBlocks, kindOf, nameOf, whyNotAdd } from '../graph';
import type { Bubble } from './bubble';
import type { GraphCanvas } from './canvas';
import { addedBelow, dropped } from './dropping';
import type { EditorSession, Selection } from './session';

export interface AddingParts {
  root: HTMLElement;
  session: EditorSession;
  catalog: Catalog;
  canvas: GraphCanvas;
  /** Where somebody types to find layers: the cursor stays there, so that several can be added one after the other. */
  search: HTMLElement;
  bubble: Bubble;
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
