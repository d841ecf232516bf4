/** Draws the cards on a canvas that lies over cytoscape's: crisp at every zoom, and without images to wait for. */
import { CARD_HEIGHT, CARD_WIDTH, type Card, type PortMark } from './cards';
import type { Viewport } from './session';
import type { Theme } from './theme';

const PORT_RADIUS = 6;
/** Below this zoom, words would be smudges. */
const TEXT_FROM_ZOOM = 0.3;
const SHADOW_FROM_ZOOM = 0.5;
const MOST_CUTS = 5_000;

/** The line that somebody draws just now: from a port to the pointer, in the document's coordinates. */
export interface DrawnLine {
  from: PortMark;
  x: number;
  y: number;
  target: PortMark | undefined;
  /** Ports where the line may end. */
  fitting: ReadonlySet<PortMark>;
}

export interface Scene {
  cards: ReadonlyMap<string, Card>;
  selected: ReadonlySet<string>;
  hovered: PortMark | undefined;
  line: DrawnLine | undefined;
  viewport: Viewport;
  theme: Theme;
}

/** What is drawn of a card beyond its edge: ports with their halo, badges, the number of comments, shadow. */
const BEYOND = 40;

export class Painter {
  private readonly context: CanvasRenderingContext2D;
  private readonly cuts = new Map<string, string>();
  /** Where cards were or are that the picture does not show so; undefined where nothing of it can be kept. */
  private stale: { x: number; y: number }[] | undefined;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (!context) {
      throw new Error('This browser gives no canvas to draw on.');
    }
    this.context = context;
  }

  /** Fits the canvas to its place on the page. */
  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
  }

  /** The next picture is another where a card is, or everywhere. */
  spoil(card?: Card): void {
    if (card) {
      this.stale?.push({ x: card.x, y: card.y });
    } else {
      this.stale = undefined;
    }
  }

  /** Paints what is stale; of 500 cards, a drag of one paints those beside it. */
  paint(scene: Scene): void {
    const { context, canvas, stale } = this;
    const { viewport } = scene;
    this.stale = [];
    if (stale?.length === 0) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    const scale = ratio * viewport.zoom;
    const [panX, panY] = [ratio * viewport.pan.x, ratio * viewport.pan.y];
    let [left, top, right, bottom] = [0, 0, canvas.width, canvas.height];
    // A line that is being drawn reaches far beyond its card.
    if (stale && !scene.line) {
      const [xs, ys] = [stale.map(({ x }) => panX + x * scale), stale.map(({ y }) => panY + y * scale)];
      const [wide, high] = [(CARD_WIDTH / 2 + BEYOND) * scale, (CARD_HEIGHT / 2 + BEYOND) * scale];
      // Whole pixels: half of one would be painted twice.
      [left, right] = [Math.floor(Math.min(...xs) - wide), Math.ceil(Math.max(...xs) + wide)];
      [top, bottom] = [Math.floor(Math.min(...ys) - high), Math.ceil(Math.max(...ys) + high)];
    }
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.clearRect(left, top, right - left, bottom - top);
    context.setTransform(scale, 0, 0, scale, panX, panY);
    const [wide, high] = [CARD_WIDTH * scale, CARD_HEIGHT * scale];
    for (const card of scene.cards.values()) {
      const [x, y] = [panX + card.x * scale, panY + card.y * scale];
      if (x > left - wide && x < right + wide && y > top - high && y < bottom + high) {
        this.card(card, scene);
      }
    }
    if (scene.line) {
      this.line(scene.line, scene);
    }
    context.restore();
  }

  private card(card: Card, scene: Scene): void {
    const { context } = this;
    const { theme, line } = scene;
    const [left, top] = [card.x - CARD_WIDTH / 2, card.y - CARD_HEIGHT / 2];
    const takesPart = !line || line.from.node === card.id || card.ports.some(mark => line.fitting.has(mark));
    const isSelected = scene.selected.has(card.id);
    context.globalAlpha = takesPart ? 1 : 0.4;
    context.beginPath();
    context.roundRect(left, top, CARD_WIDTH, CARD_HEIGHT, 8);
    context.fillStyle = theme.card;
    context.shadowColor = theme.isDark ? 'rgb(0 0 0 / 50%)' : 'rgb(0 0 0 / 14%)';
    // Blur is the dearest part of a frame; small cards do without.
    context.shadowBlur = scene.viewport.zoom < SHADOW_FROM_ZOOM ? 0 : 4 * scene.viewport.zoom;
    context.shadowOffsetY = scene.viewport.zoom < SHADOW_FROM_ZOOM ? 0 : scene.viewport.zoom;
    context.fill();
    context.shadowColor = 'transparent';
    context.lineWidth = isSelected ? 2.5 : 1;
    context.strokeStyle = isSelected ? theme.brand : theme.cardLine;
    context.stroke();
    if (scene.viewport.zoom >= TEXT_FROM_ZOOM) {
      this.words(card, theme, left, top);
    }
    for (const mark of card.ports) {
      this.port(mark, card, scene);
    }
    if (card.issues.length > 0) {
      this.badge(card, theme, left + CARD_WIDTH - 4, top + 4);
    }
    if (card.comments > 0) {
      this.comments(card.comments, theme, left + CARD_WIDTH + 15, top + 60);
    }
    context.globalAlpha = 1;
  }

  private words(card: Card, theme: Theme, left: number, top: number): void {
    const { context } = this;
    const inner = CARD_WIDTH - 24;
    context.textBaseline = 'alphabetic';
    context.font = `11.5px ${theme.font}`;
    const name = card.name === card.title ? '' : card.name;
    const nameWidth = Math.min(context.measureText(name).width, 0.45 * inner);
    this.text(name, left + CARD_WIDTH - 12 - nameWidth, top + 23, nameWidth, theme.faint);
    context.font = `600 14px ${theme.font}`;
    this.text(card.title, left + 12, top + 23, inner - nameWidth - 8, theme.text);
    context.font = `12px ${theme.font}`;
    this.text(card.settings, left + 12, top + 42, inner, theme.faint);
    const weightsWidth = context.measureText(card.weights).width;
    this.text(card.weights, left + CARD_WIDTH - 12 - weightsWidth, top + 61, weightsWidth, theme.faint);
    context.font = `600 13px ${theme.font}`;
    const room = inner - weightsWidth - 8;
    // A shape that is cut says something wrong: it is written closer first.
    const shape = context.measureText(card.shape).width > room ? card.shape.replaceAll(' × ', '×') : card.shape;
    this.text(shape, left + 12, top + 61, room, theme.text);
  }

  /** Writes `text`, cut with an ellipsis where it is wider than `width`. */
  private text(text: string, x: number, y: number, width: number, color: string): void {
    if (!text) {
      return;
    }
    this.context.fillStyle = color;
    this.context.fillText(this.cut(text, width), x, y);
  }

  /** Measuring takes most of a frame's time, so that what was cut is kept. */
  private cut(text: string, width: number): string {
    const { context } = this;
    const key = `${context.font}|${width}|${text}`;
    const known = this.cuts.get(key);
    if (known !== undefined) {
      return known;
    }
    let shown = text;
    // Half a pixel of tolerance: the width may have been measured from the same words.
    for (let end = text.length; end > 0 && context.measureText(shown).width > width + 0.5;) {
      end -= 1;
      shown = `${text.slice(0, end).trimEnd()}…`;
    }
    if (this.cuts.size > MOST_CUTS) {
      this.cuts.clear();
    }
    this.cuts.set(key, shown);
    return shown;
  }

  private port(mark: PortMark, card: Card, scene: Scene): void {
    const { context } = this;
    const { line, theme } = scene;
    const fits = line?.fitting.has(mark) ?? false;
    const isAimed = line ? line.target === mark : scene.hovered === mark;
    const [x, y] = [card.x + mark.x, card.y + mark.y];
    const color = line && !fits && line.from !== mark ? theme.cardLine : theme.types[mark.type];
    if (fits || isAimed) {
      context.beginPath();
      context.arc(x, y, isAimed ? 16 : 13, 0, 2 * Math.PI);
      context.fillStyle = color;
      const alpha = context.globalAlpha;
      context.globalAlpha = isAimed ? 0.45 : 0.35;
      context.fill();
      context.globalAlpha = alpha;
    }
    drawSign(context, mark.type, x, y, PORT_RADIUS);
    context.fillStyle = mark.type === 'any' ? theme.card : color;
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = mark.type === 'any' ? color : theme.card;
    context.stroke();
  }

  private badge(card: Card, theme: Theme, x: number, y: number): void {
    const { context } = this;
    const worst = (['error', 'warning', 'advice'] as const).find(severity =>
      card.issues.some(issue => issue.severity === severity)
    );
    context.beginPath();
    context.arc(x, y, 9, 0, 2 * Math.PI);
    context.fillStyle = theme[worst ?? 'advice'];
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = theme.card;
    context.stroke();
    context.fillStyle = theme.onBadge;
    context.font = `700 12px ${theme.font}`;
    const sign = worst === 'error' ? '×' : worst === 'warning' ? '!' : 'i';
    context.fillText(sign, x - context.measureText(sign).width / 2, y + 4);
  }

  /** A speech bubble with the number of open comments, beside the card: what people have selected is drawn around it. */
  private comments(count: number, theme: Theme, x: number, y: number): void {
    const { context } = this;
    const text = count > 99 ? '99+' : String(count);
    context.font = `700 11px ${theme.font}`;
    const width = Math.max(20, context.measureText(text).width + 10);
    context.beginPath();
    context.roundRect(x - 10, y - 10, width, 17, 5);
    context.moveTo(x - 5, y + 6);
    context.lineTo(x - 5, y + 12);
    context.lineTo(x + 2, y + 6);
    context.fillStyle = theme.advice;
    context.fill();
    context.fillStyle = theme.onBadge;
    context.fillText(text, x - 10 + (width - context.measureText(text).width) / 2, y + 2.5);
  }

  private line(line: DrawnLine, scene: Scene): void {
    const { context } = this;
    const card = scene.cards.get(line.from.node);
    if (!card) {
      return;
    }
    const [x, y] = [card.x + line.from.x, card.y + line.from.y];
    const { along, at } = card.flow;
    const reach = Math.min(60, Math.abs(along(line) - along({ x, y })) / 2 + 10);
    const bend = at(line.from.side === 'outputs' ? reach : -reach, 0);
    context.beginPath();
    context.moveTo(x, y);
    context.bezierCurveTo(x + bend.x, y + bend.y, line.x - bend.x, line.y - bend.y, line.x, line.y);
    context.lineWidth = 2.5;
    context.strokeStyle = scene.theme.types[line.from.type];
    context.setLineDash(line.target && line.fitting.has(line.target) ? [] : [6, 4]);
    context.stroke();
    context.setLineDash([]);
  }
}

/** Each type has a shape besides its color: image a square, sequence a triangle, vector a circle, scores a diamond, undecided a ring. */
export function drawSign(
  context: CanvasRenderingContext2D,
  type: PortMark['type'],
  x: number,
  y: number,
  radius: number
): void {
  context.beginPath();
  if (type === 'image') {
    context.roundRect(x - radius * 0.9, y - radius * 0.9, 1.8 * radius, 1.8 * radius, 1.5);
  } else if (type === 'sequence') {
    context.moveTo(x - radius * 1.1, y - radius * 0.9);
    context.lineTo(x + radius * 1.1, y - radius * 0.9);
    context.lineTo(x, y + radius * 1.1);
    context.closePath();
  } else if (type === 'scores') {
    context.moveTo(x, y - radius * 1.2);
    context.lineTo(x + radius * 1.2, y);
    context.lineTo(x, y + radius * 1.2);
    context.lineTo(x - radius * 1.2, y);
    context.closePath();
  } else {
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
}
