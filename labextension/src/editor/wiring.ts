/** Drawing a connection from port to port. What fits lights up; a refused drop says why, near the pointer. */
import type { Catalog, GraphDocument, GraphEdge, Mend, Refusal } from '../generated';
import { canConnect, newEdgeId, Topology } from '../graph';
import type { GraphCanvas } from './canvas';
import type { PortMark } from './cards';
import type { Bubble } from './bubble';

const SNAP_PX = 26;

export interface WiringOptions {
  canvas: GraphCanvas;
  catalog: Catalog;
  bubble: Bubble;
  document: () => GraphDocument;
  onConnect: (id: string, edge: GraphEdge) => void;
  /** The line was let go over nothing, away from where it began. */
  onEmpty: (from: PortMark, x: number, y: number) => void;
  onMend: (mend: Mend) => void;
}

/** Lets lines be drawn on the canvas; returns what ends that. */
export function enableWiring(options: WiringOptions): () => void {
  const { canvas, bubble } = options;
  const { element } = canvas;

  const onDown = (event: PointerEvent): void => {
    const point = event.button === 0 ? canvas.toDocument(event.clientX, event.clientY) : undefined;
    const from = point && canvas.portNear(point.x, point.y, event.pointerType === 'touch' ? SNAP_PX : undefined);
    if (!from) {
      return;
    }
    // Cytoscape must not take it for the beginning of a pan; without the default it gets no mouse events either.
    event.preventDefault();
    event.stopPropagation();
    bubble.hide();
    new Drawing(options, from, event).begin();
  };

  // A finger's touch events go their own way, also where the pointer's were taken: cytoscape would drag the card along.
  const onTouch = (event: TouchEvent): void => {
    if (canvas.line) {
      event.stopPropagation();
    }
  };

  element.addEventListener('pointerdown', onDown, { capture: true });
  element.addEventListener('touchstart', onTouch, { capture: true, passive: true });
  return () => {
    element.removeEventListener('pointerdown', onDown, { capture: true });
    element.removeEventListener('touchstart', onTouch, { capture: true });
  };
}

class Drawing {
  private readonly refusals = new Map<PortMark, Refusal>();
  private readonly fitting = new Set<PortMark>();
  private target: PortMark | undefined;

  constructor(
    private readonly options: WiringOptions,
    private readonly from: PortMark,
    private readonly event: PointerEvent
  ) {
    const document = options.document();
    const topology = new Topology(document);
    for (const card of options.canvas.allCards.values()) {
      for (const mark of card.ports.filter(other => other.side !== from.side)) {
        const refusal = canConnect(document, options.catalog, this.edgeTo(mark), topology);
        if (refusal) {
          this.refusals.set(mark, refusal);
        } else {
          this.fitting.add(mark);
        }
      }
    }
  }

  begin(): void {
    const { element } = this.options.canvas;
    element.setPointerCapture(this.event.pointerId);
    element.closest<HTMLElement>('.plab-editor')?.focus({ preventScroll: true });
    element.classList.add('plab-wiring');
    element.addEventListener('pointermove', this.onMove);
    element.addEventListener('pointerup', this.onUp);
    element.addEventListener('pointercancel', this.end);
    window.addEventListener('keydown', this.onKey, { capture: true });
    this.onMove(this.event);
  }

  private readonly onMove = (event: PointerEvent): void => {
    const { canvas, bubble } = this.options;
    const point = canvas.toDocument(event.clientX, event.clientY);
    if (!point) {
      return;
    }
    this.target = this.aimAt(point.x, point.y);
    canvas.line = { from: this.from, ...this.endOf(point), target: this.target, fitting: this.fitting };
    canvas.repaint();
    const refusal = this.target && this.refusals.get(this.target);
    if (refusal) {
      bubble.show({ x: event.clientX, y: event.clientY, message: refusal.message, isPassing: true });
    } else {
      bubble.hide();
    }
  };

  private readonly onUp = (event: PointerEvent): void => {
    const { bubble, onConnect, onMend } = this.options;
    const { target } = this;
    this.end();
    const refusal = target && this.refusals.get(target);
    if (!target) {
      const far = Math.hypot(event.clientX - this.event.clientX, event.clientY - this.event.clientY) > SNAP_PX;
      const point = this.options.canvas.toDocument(event.clientX, event.clientY);
      if (far && point && !this.options.canvas.cardUnder(point.x, point.y)) {
        this.options.onEmpty(this.from, event.clientX, event.clientY);
      }
      return;
    }
    if (refusal) {
      const { mend } = refusal;
      bubble.show({
        x: event.clientX,
        y: event.clientY,
        message: refusal.message,
        action: mend
          ? {
              label: mend.label,
              run: () => {
                onMend(mend);
              }
            }
          : undefined
      });
    } else {
      onConnect(newEdgeId(this.options.document()), this.edgeTo(target));
    }
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.end();
    }
  };

  private readonly end = (): void => {
    const { canvas, bubble } = this.options;
    const { element } = canvas;
    element.classList.remove('plab-wiring');
    element.removeEventListener('pointermove', this.onMove);
    element.removeEventListener('pointerup', this.onUp);
    element.removeEventListener('pointercancel', this.end);
    window.removeEventListener('keydown', this.onKey, { capture: true });
    canvas.line = undefined;
    bubble.hide();
    canvas.repaint();
  };

  /** The port at the point, or that of the card under it: the first that fits, else the first of that side. */
  private aimAt(x: number, y: number): PortMark | undefined {
    const { canvas } = this.options;
    const near = canvas.portNear(x, y, SNAP_PX);
    if (near && near.side !== this.from.side && near.node !== this.from.node) {
      return near;
    }
    const card = canvas.cardUnder(x, y);
    const ports = card && card.id !== this.from.node ? card.ports.filter(mark => mark.side !== this.from.side) : [];
    return ports.find(mark => this.fitting.has(mark)) ?? ports[0];
  }

  /** Where the line is drawn to: it snaps to a port that fits. */
  private endOf(point: { x: number; y: number }): { x: number; y: number } {
    const card = this.target && this.fitting.has(this.target) && this.options.canvas.allCards.get(this.target.node);
    return card && this.target ? { x: card.x + this.target.x, y: card.y + this.target.y } : point;
  }

  private edgeTo(other: PortMark): GraphEdge {
    const [giving, taking] = this.from.side === 'outputs' ? [this.from, other] : [other, this.from];
    return { from: giving.node, fromPort: giving.port.name, to: taking.node, toPort: taking.port.name };
  }
}
