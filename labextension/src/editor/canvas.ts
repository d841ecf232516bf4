/** The canvas: cytoscape holds places, edges, selection and view; the painter draws the cards over it. */
import type cytoscape from 'cytoscape';
import type { GraphDocument, Operation } from '../generated';
import { type Card, cardAt, type PortMark, portAt, typeText } from './cards';
import { h } from './dom';
import { Frame } from './frame';
import { idOf, newCytoscape, selectedElements, selectElements, syncEdges, syncNodes } from './elements';
import { type DrawnLine, Painter } from './painter';
import { letPageScroll, Press } from './press';
import type { EditorSession, Selection, Viewport } from './session';
import { cytoscapeStyle } from './cytoscape-style';
import { onThemeChange, readTheme, reducedMotion, type Theme } from './theme';
import { isInView, isReadable, type Size, startView, viewAround, wholeView } from './views';

const PORT_REACH_PX = 14;
/** In the document's px: on a small picture the ports must leave the cards something to be dragged by. */
const LARGEST_PORT_REACH = 18;

export interface CanvasOptions {
  root: HTMLElement;
  session: EditorSession;
  onSelect: (selection: Selection) => void;
  onMove: (operations: Operation[]) => void;
  onOpen: () => void;
  /** A double click on nothing, at a point of the window. */
  onEmpty: (point: { x: number; y: number }) => void;
}

export class GraphCanvas {
  readonly element: HTMLElement;
  /** In the document's coordinates, below the cards and above the connections. */
  readonly annotations = h('div', { class: 'plab-annotations' });
  /** Set by whoever draws a line; shown at the next frame. */
  line: DrawnLine | undefined;
  /** Where the pointer is, in the document's coordinates; undefined when it is not over the canvas. */
  pointer: { x: number; y: number } | undefined;
  private readonly cy: cytoscape.Core;
  private readonly painter: Painter;
  private readonly frame = new Frame(() => {
    this.paint();
  });
  private readonly press: Press;
  /** What ends with the canvas. */
  readonly ends: (() => void)[] = [];
  private cards = new Map<string, Card>();
  theme: Theme;
  private hovered: PortMark | undefined;
  private isSyncing = false;
  private isPlaced = false;
  private isResized = false;
  private fits: boolean;
  /** The nodes that are being dragged here. */
  readonly moved = new Set<string>();
  private selected: Selection;

  constructor(private readonly options: CanvasOptions) {
    const holder = h('div', { class: 'plab-canvas-graph' });
    const overlay = h('canvas', { class: 'plab-canvas-cards', 'aria-hidden': 'true' });
    this.element = h('div', { class: 'plab-canvas' }, holder, this.annotations, overlay);
    this.theme = readTheme(options.root);
    this.selected = options.session.selection;
    this.fits = options.session.fits;
    this.painter = new Painter(overlay);
    this.press = new Press(options.root, () => {
      this.refit();
    });
    this.cy = newCytoscape(holder, this.theme);
    this.watch(holder);
  }

  /** Brings the cards of a document onto the canvas. Only what changed is touched. */
  show(document: GraphDocument, cards: Map<string, Card>): void {
    this.cards = cards;
    for (const id of this.moved) {
      // Somebody drags it just now: what changes elsewhere must not throw it back.
      const card = cards.get(id);
      if (card) {
        ({ x: card.x, y: card.y } = this.cy.getElementById(`n:${id}`).position());
      }
    }
    this.isSyncing = true;
    this.cy.batch(() => {
      syncNodes(this.cy, cards);
      syncEdges(this.cy, document, cards);
    });
    this.isSyncing = false;
    this.place();
    this.repaint();
  }

  /** Selects exactly this. */
  select(selection: Selection): void {
    this.isSyncing = true;
    selectElements(this.cy, selection);
    this.isSyncing = false;
    this.selected = selection;
    this.options.session.selection = selection;
    this.repaint();
  }

  /** Paints everything at the next frame. */
  repaint(): void {
    this.painter.spoil();
    this.frame.request();
  }

  private paint(): void {
    const { zoom, pan } = this.viewport;
    // Zoom and pan in px, for whoever drives the editor from outside: tests, tours, recordings.
    this.element.dataset['view'] = `${zoom} ${pan.x} ${pan.y}`;
    this.painter.paint({
      cards: this.cards,
      selected: this.selected.nodes,
      hovered: this.hovered,
      line: this.line,
      viewport: this.viewport,
      theme: this.theme
    });
    this.element.dispatchEvent(new Event('plab:painted'));
  }

  /** Moves nodes as if they were dragged; `settle` makes one step of it. In the document's px. */
  shift(ids: readonly string[], dx: number, dy: number): void {
    for (const id of ids) {
      const card = this.cards.get(id);
      if (card) {
        this.moved.add(id);
        this.moveCard(card, card.x + dx, card.y + dy);
        this.cy.getElementById(`n:${id}`).position({ x: card.x, y: card.y });
      }
    }
  }

  /** Only where the card was and where it is now, the picture is another. */
  private moveCard(card: Card, x: number, y: number): void {
    this.painter.spoil(card);
    Object.assign(card, { x, y });
    this.painter.spoil(card);
    this.frame.request();
  }

  /** Brings a point of the document to the middle, at once. */
  centerOn(x: number, y: number, zoom = this.cy.zoom()): void {
    this.keepFitting(false);
    this.cy.stop();
    this.cy.viewport(viewAround(x, y, zoom, this.size));
  }

  /** Shows the whole graph, at its own size at most, and keeps it in view until somebody pans or zooms; or some nodes. */
  fit(ids?: readonly string[]): void {
    const cards = ids?.flatMap(id => this.cards.get(id) ?? []);
    this.keepFitting(!cards);
    if (this.hasRoom && cards?.length !== 0) {
      this.glide(cards ? wholeView(cards, this.size) : this.whole);
    }
  }

  /** Shows the graph as one that was opened just now. */
  restart(): void {
    this.options.session.viewport = undefined;
    this.isPlaced = false;
    this.place();
  }

  zoomBy(factor: number): void {
    this.keepFitting(false);
    this.cy.zoom({
      level: this.cy.zoom() * factor,
      renderedPosition: { x: this.cy.width() / 2, y: this.cy.height() / 2 }
    });
  }

  /** Moves the view, if need be, until a node is in it; with the rest of the graph, where all was in it before. */
  reveal(id: string): void {
    const card = this.cards.get(id);
    const whole = this.whole;
    const together = this.fits && isReadable(whole);
    if (!card || isInView(together ? [...this.cards.values()] : [card], this.viewport, this.size)) {
      return;
    }
    this.keepFitting(together);
    this.glide(together ? whole : viewAround(card.x, card.y, this.cy.zoom(), this.size));
  }

  /** The document's coordinates of a point of the window, or undefined outside the canvas. */
  toDocument(clientX: number, clientY: number): { x: number; y: number } | undefined {
    const box = this.element.getBoundingClientRect();
    if (clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom) {
      return undefined;
    }
    const { zoom, pan } = this.viewport;
    return { x: (clientX - box.left - pan.x) / zoom, y: (clientY - box.top - pan.y) / zoom };
  }

  /** Where on the window a point of the document is. */
  toClient(x: number, y: number): { x: number; y: number } {
    const box = this.element.getBoundingClientRect();
    const { zoom, pan } = this.viewport;
    return { x: box.left + pan.x + x * zoom, y: box.top + pan.y + y * zoom };
  }

  /** Moves a card that somebody else drags; the graph does not know of it yet. */
  put(id: string, x: number, y: number): void {
    const card = this.cards.get(id);
    if (card && !this.moved.has(id)) {
      this.moveCard(card, x, y);
      this.cy.getElementById(`n:${id}`).position({ x, y });
    }
  }

  portNear(x: number, y: number, reachPx = PORT_REACH_PX): PortMark | undefined {
    const reach = reachPx / this.cy.zoom();
    return portAt(this.cards.values(), x, y, Math.min(reach, LARGEST_PORT_REACH * (reachPx / PORT_REACH_PX)));
  }

  cardUnder(x: number, y: number): Card | undefined {
    return cardAt(this.cards.values(), x, y);
  }

  /** What is selected in this view; another view of the same graph has its own. */
  get selection(): Selection {
    return this.selected;
  }

  get allCards(): ReadonlyMap<string, Card> {
    return this.cards;
  }

  get center(): { x: number; y: number } {
    const { zoom, pan } = this.viewport;
    return { x: (this.cy.width() / 2 - pan.x) / zoom, y: (this.cy.height() / 2 - pan.y) / zoom };
  }

  dispose(): void {
    for (const end of this.ends) {
      end();
    }
    this.frame.cancel();
    this.cy.destroy();
  }

  get viewport(): Viewport {
    return { zoom: this.cy.zoom(), pan: this.cy.pan() };
  }

  get size(): Size {
    return { width: this.cy.width(), height: this.cy.height() };
  }

  /** Whether there is something to show, and a place to show it in. */
  private get hasRoom(): boolean {
    return this.cy.width() >= 10 && this.cy.height() >= 10 && this.cards.size > 0;
  }

  private get whole(): Viewport {
    return wholeView([...this.cards.values()], this.size);
  }

  private glide({ zoom, pan }: Viewport): void {
    this.cy.stop();
    this.cy.animate({ zoom, pan, duration: reducedMotion() ? 0 : 180 });
  }

  /** After the canvas got another size. Not under a pressed pointer: what somebody drags would jump. */
  private refit(): void {
    if (this.isResized && !this.press.isDown && this.hasRoom) {
      this.isResized = false;
      if (this.fits) {
        this.cy.stop();
        this.cy.viewport(this.whole);
      }
    }
  }

  private keepFitting(fits: boolean): void {
    this.fits = fits;
    this.options.session.fits = fits;
  }

  private watch(holder: HTMLElement): void {
    const { cy, options } = this;
    // In the frame in which the connections are drawn, so that cards do not trail behind them.
    cy.on('render', () => {
      this.frame.flush();
    });
    cy.on('viewport', () => {
      this.repaint();
      if (this.isPlaced) {
        options.session.viewport = { zoom: cy.zoom(), pan: { ...cy.pan() } };
      }
    });
    cy.on('dragpan scrollzoom pinchzoom', () => {
      this.keepFitting(false);
    });
    cy.on('select unselect', () => {
      if (!this.isSyncing) {
        options.onSelect(selectedElements(cy));
      }
    });
    cy.on('drag', 'node', event => {
      const node = event.target as cytoscape.NodeSingular;
      const card = this.cards.get(idOf(node));
      if (card) {
        const { x, y } = node.position();
        this.moveCard(card, x, y);
        this.moved.add(card.id);
      }
    });
    cy.on('free', 'node', () => {
      // Each dragged node says so; together they are one step.
      queueMicrotask(() => {
        this.settle();
      });
    });
    cy.on('dbltap', 'node', options.onOpen);
    cy.on('dbltap', event => {
      if (event.target === cy) {
        options.onEmpty(this.toClient(event.position.x, event.position.y));
      }
    });
    // Keys belong to the editor from the press on; cytoscape takes the focus away at the press of a node.
    const takeFocus = (): void => {
      options.root.focus({ preventScroll: true });
    };
    this.element.addEventListener('pointerdown', takeFocus);
    cy.on('tapend', takeFocus);
    letPageScroll(options.root, this.element);
    this.element.addEventListener('pointermove', event => {
      this.hover(event);
    });
    this.element.addEventListener('pointerleave', () => {
      this.pointer = undefined;
    });
    const observer = new ResizeObserver(() => {
      const before = cy.width();
      cy.resize();
      cy.panBy({ x: this.isPlaced && !this.fits ? (cy.width() - before) / 2 : 0, y: 0 });
      this.painter.resize(holder.clientWidth, holder.clientHeight);
      this.isResized = this.isPlaced;
      this.refit();
      this.place();
      this.repaint();
      // Another size emptied the picture, and this frame's turn is over.
      this.frame.flush();
    });
    observer.observe(holder);
    this.ends.push(
      () => {
        this.press.dispose();
      },
      () => {
        observer.disconnect();
      },
      onThemeChange(() => {
        this.theme = readTheme(options.root);
        cy.style(cytoscapeStyle(this.theme));
        this.repaint();
      })
    );
  }

  private hover(event: PointerEvent): void {
    const point = this.toDocument(event.clientX, event.clientY);
    this.pointer = point;
    const mark = point && event.buttons === 0 ? this.portNear(point.x, point.y) : undefined;
    this.element.classList.toggle('plab-over-port', mark !== undefined);
    this.element.title = mark ? `${mark.port.label}: ${typeText(mark)}` : '';
    if (mark?.node !== this.hovered?.node || mark?.port !== this.hovered?.port || mark?.side !== this.hovered?.side) {
      this.hovered = mark;
      this.repaint();
    }
  }

  /** Shows a first view as soon as there is a place to show it in: the view may be made before it is attached. */
  private place(): void {
    if (this.isPlaced || !this.hasRoom) {
      return;
    }
    const { session } = this.options;
    const whole = this.whole;
    this.keepFitting(session.viewport === undefined ? isReadable(whole) : session.fits);
    const view = this.fits ? whole : (session.viewport ?? startView([...this.cards.values()], this.size));
    this.isPlaced = true;
    this.cy.viewport(view);
    session.viewport = view;
  }

  /** What was dragged becomes one step. */
  settle(): void {
    const operations = [...this.moved].flatMap((id): Operation[] => {
      const card = this.cards.get(id);
      return card ? [{ op: 'moveNode', id, x: Math.round(card.x), y: Math.round(card.y) }] : [];
    });
    this.moved.clear();
    if (operations.length > 0) {
      this.options.onMove(operations);
    }
  }
}
