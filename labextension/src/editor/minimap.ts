/** The whole network in a corner of the canvas, with the part that is in view. A press there brings that part into view. */
import type { GraphCanvas } from './canvas';
import { CARD_HEIGHT, CARD_WIDTH } from './cards';
import { h } from './dom';
import { dragBy } from './drag';

const [WIDTH, HEIGHT, MARGIN] = [168, 120, 8];
/** A network that is larger than this gets its map unasked. */
const MANY = 30;
/** How often the picture is painted anew while cards move: the frame around the view follows at once. */
const PAUSE_MS = 250;

export class Minimap {
  readonly element = h('div', { class: 'plab-minimap', title: 'Drag to go elsewhere' });
  private readonly picture = h('canvas', { role: 'img', 'aria-label': 'Map of the network' });
  /** Undefined until somebody shows or hides it. */
  private wanted: boolean | undefined;
  private readonly view = h('div', { class: 'plab-minimap-view' });
  private painted = 0;
  private cards: ReadonlyMap<string, unknown> | undefined;
  private scale = 1;
  private corner = { x: 0, y: 0 };

  constructor(private readonly canvas: GraphCanvas) {
    this.element.append(this.picture, this.view);
    const ratio = window.devicePixelRatio || 1;
    this.picture.width = WIDTH * ratio;
    this.picture.height = HEIGHT * ratio;
    this.element.addEventListener('pointerdown', event => {
      const box = this.picture.getBoundingClientRect();
      const [x, y] = [(event.clientX - box.left) / this.scale, (event.clientY - box.top) / this.scale];
      canvas.centerOn(this.corner.x + x, this.corner.y + y);
    });
    dragBy(this.element, {
      onMove: (dx, dy) => {
        const { x, y } = canvas.center;
        canvas.centerOn(x + dx / this.scale, y + dy / this.scale);
      },
      onEnd: () => {
        this.paint();
      }
    });
  }

  get isShown(): boolean {
    return this.wanted ?? this.canvas.allCards.size > MANY;
  }

  toggle(): void {
    this.wanted = !this.isShown;
    this.paint();
  }

  paint(): void {
    this.element.hidden = !this.isShown || this.canvas.allCards.size === 0;
    if (this.element.hidden) {
      return;
    }
    const { canvas } = this;
    // With hundreds of cards the picture takes longer than the rest of a frame.
    if (canvas.allCards !== this.cards || performance.now() - this.painted > PAUSE_MS) {
      this.cards = canvas.allCards;
      this.painted = performance.now();
      this.paintCards();
    }
    const { zoom, pan } = canvas.viewport;
    const at = (value: number, corner: number): number => (value - corner) * this.scale;
    const { style } = this.view;
    style.transform = `translate(${at(-pan.x / zoom, this.corner.x)}px, ${at(-pan.y / zoom, this.corner.y)}px)`;
    style.width = `${(canvas.size.width / zoom) * this.scale}px`;
    style.height = `${(canvas.size.height / zoom) * this.scale}px`;
  }

  private paintCards(): void {
    const { canvas } = this;
    const context = this.picture.getContext('2d');
    if (!context) {
      return;
    }
    const cards = [...canvas.allCards.values()];
    const [left, right] = range(
      cards.map(card => card.x),
      CARD_WIDTH / 2
    );
    const [top, bottom] = range(
      cards.map(card => card.y),
      CARD_HEIGHT / 2
    );
    this.scale = Math.min((WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - 2 * MARGIN) / (bottom - top), 0.2);
    this.corner = {
      x: (left + right) / 2 - WIDTH / 2 / this.scale,
      y: (top + bottom) / 2 - HEIGHT / 2 / this.scale
    };
    const ratio = (window.devicePixelRatio || 1) * this.scale;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.picture.width, this.picture.height);
    context.setTransform(ratio, 0, 0, ratio, -ratio * this.corner.x, -ratio * this.corner.y);
    const { theme } = canvas;
    for (const card of cards) {
      const isWrong = card.issues.some(issue => issue.severity === 'error');
      context.fillStyle = isWrong ? theme.error : canvas.selection.nodes.has(card.id) ? theme.brand : theme.faint;
      context.fillRect(card.x - CARD_WIDTH / 2, card.y - CARD_HEIGHT / 2, CARD_WIDTH, CARD_HEIGHT);
    }
  }
}

function range(values: readonly number[], margin: number): [number, number] {
  return [Math.min(...values) - margin, Math.max(...values) + margin];
}
