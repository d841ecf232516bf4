/** What a drawing looks like on paper: shapes, of which an SVG and a PDF are made. Light, whatever the theme is. */
import type { Color, GraphDocument } from '../generated';
import { type Flow, frameBox, type Place } from '../graph';
import { CARD_HEIGHT, CARD_WIDTH, type Card } from './cards';
import { edgeEnds, needsDetour } from './edge-route';
import { LIGHT } from './theme';

export type Shape =
  | { is: 'box'; x: number; y: number; width: number; height: number; radius: number; fill: string; line: string }
  | { is: 'curve'; points: readonly Point[]; line: string }
  | { is: 'area'; points: readonly Point[]; fill: string }
  | { is: 'text'; x: number; y: number; text: string; size: number; isBold: boolean; color: string };

export type Point = readonly [x: number, y: number];

export interface Picture {
  left: number;
  top: number;
  width: number;
  height: number;
  title: string;
  shapes: Shape[];
}

export const FONT = 'Helvetica, Arial, sans-serif';
const MARGIN = 20;
const INK = '#1f2933';
const FAINT = '#4a5663';
const PAPER = '#ffffff';
const HUES: Record<Color, string> = {
  gray: '#757575',
  blue: '#1976d2',
  green: '#2e7d32',
  yellow: '#e0a800',
  red: '#d32f2f',
  purple: '#8e24aa'
};

/** The width of a text in px. */
export type Measure = (text: string, size: number, isBold: boolean) => number;

export function pictureOf(document: GraphDocument, cards: ReadonlyMap<string, Card>, measure: Measure): Picture {
  const shapes: Shape[] = [];
  const corners: Point[] = [];
  const around = (x: number, y: number, width: number, height: number): void => {
    corners.push([x, y], [x + width, y + height]);
  };
  for (const frame of Object.values(document.frames)) {
    const box = frameBox(frame, id => cards.get(id));
    if (box) {
      const { left: x, top: y, width, height } = box;
      around(x, y, width, height);
      shapes.push({
        is: 'box',
        x,
        y,
        width,
        height,
        radius: 10,
        fill: tint(frame.color, 0.1),
        line: tint(frame.color, 0.6)
      });
      const text = cut(frame.label, width - 24, 13, true, measure);
      shapes.push({ is: 'text', x: x + 12, y: y + 17, text, size: 13, isBold: true, color: INK });
    }
  }
  for (const edge of Object.values(document.edges)) {
    const [from, to, ends] = [cards.get(edge.from), cards.get(edge.to), edgeEnds(edge, cards)];
    if (from && to && ends) {
      shapes.push(
        ...line(
          from.flow,
          { x: from.x + ends.from.x, y: from.y + ends.from.y },
          { x: to.x + ends.to.x, y: to.y + ends.to.y },
          LIGHT.types[ends.from.type],
          needsDetour(edge, cards)
        )
      );
    }
  }
  for (const card of cards.values()) {
    around(card.x - CARD_WIDTH / 2, card.y - CARD_HEIGHT / 2, CARD_WIDTH, CARD_HEIGHT);
    shapes.push(...cardShapes(card, measure));
  }
  for (const remark of Object.values(document.remarks)) {
    const { width, height } = remark;
    const [x, y] = [remark.x - width / 2, remark.y - height / 2];
    around(x, y, width, height);
    shapes.push({
      is: 'box',
      x,
      y,
      width,
      height,
      radius: 4,
      fill: tint(remark.color, 0.2),
      line: tint(remark.color, 0.6)
    });
    const lines = wrapped(remark.text, width - 16, measure).slice(0, Math.max(1, Math.floor((height - 12) / 17)));
    lines.forEach((text, row) => {
      shapes.push({ is: 'text', x: x + 8, y: y + 20 + 17 * row, text, size: 13, isBold: false, color: INK });
    });
  }
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [left, top] = [Math.min(0, ...xs) - MARGIN, Math.min(0, ...ys) - MARGIN];
  const [right, bottom] = [Math.max(0, ...xs) + MARGIN, Math.max(0, ...ys) + MARGIN];
  return { left, top, width: right - left, height: bottom - top, title: document.meta.name, shapes };
}

function cardShapes(card: Card, measure: Measure): Shape[] {
  const [x, y] = [card.x - CARD_WIDTH / 2, card.y - CARD_HEIGHT / 2];
  const inner = CARD_WIDTH - 24;
  const name = card.name === card.title ? '' : cut(card.name, 0.45 * inner, 11.5, false, measure);
  const nameWidth = measure(name, 11.5, false);
  const weightsWidth = measure(card.weights, 12, false);
  const words = (text: string, at: Point, size: number, color: string, isBold = false): Shape => ({
    is: 'text',
    x: at[0],
    y: at[1],
    text,
    size,
    isBold,
    color
  });
  const isWrong = card.issues.some(issue => issue.severity === 'error');
  const line = isWrong ? LIGHT.error : '#9aa5b1';
  return [
    { is: 'box', x, y, width: CARD_WIDTH, height: CARD_HEIGHT, radius: 8, fill: PAPER, line },
    words(name, [x + CARD_WIDTH - 12 - nameWidth, y + 23], 11.5, FAINT),
    words(cut(card.title, inner - nameWidth - 8, 14, true, measure), [x + 12, y + 23], 14, INK, true),
    words(cut(card.settings, inner, 12, false, measure), [x + 12, y + 42], 12, FAINT),
    words(card.weights, [x + CARD_WIDTH - 12 - weightsWidth, y + 61], 12, FAINT),
    words(cut(card.shape, inner - weightsWidth - 8, 13, true, measure), [x + 12, y + 61], 13, INK, true),
    ...card.ports.map((mark): Shape => {
      const [px, py] = [card.x + mark.x - 4, card.y + mark.y - 4];
      return { is: 'box', x: px, y: py, width: 8, height: 8, radius: 4, fill: LIGHT.types[mark.type], line: PAPER };
    })
  ];
}

/** Leaves and arrives in the direction of the flow, however the two stand. */
function line(flow: Flow, from: Place, to: Place, color: string, isAround: boolean): Shape[] {
  const [start, across, tip, aim] = [flow.along(from), flow.across(from), flow.along(to) - 4, flow.across(to)];
  const bend = Math.max(Math.abs(tip - start) / (isAround ? 4 : 2), 24);
  const aside = isAround ? flow.across({ x: CARD_WIDTH, y: CARD_HEIGHT * 1.4 }) * 1.3 : 0;
  const point = (along: number, beside: number): Point => {
    const { x, y } = flow.at(along, beside);
    return [x, y];
  };
  return [
    {
      is: 'curve',
      points: [
        point(start, across),
        point(start + bend, across - aside),
        point(tip - bend, aim - aside),
        point(tip - 6, aim)
      ],
      line: color
    },
    { is: 'area', points: [point(tip - 8, aim - 4.5), point(tip - 8, aim + 4.5), point(tip, aim)], fill: color }
  ];
}

function cut(text: string, width: number, size: number, isBold: boolean, measure: Measure): string {
  let shown = text;
  for (let end = text.length; end > 0 && measure(shown, size, isBold) > width + 0.5;) {
    end -= 1;
    shown = `${text.slice(0, end).trimEnd()}…`;
  }
  return shown;
}

function wrapped(text: string, width: number, measure: Measure): string[] {
  return text.split('\n').flatMap(paragraph => {
    const lines = [''];
    for (const word of paragraph.split(' ')) {
      const longer = `${lines.at(-1) ?? ''} ${word}`.trimStart();
      if (measure(longer, 13, false) > width && lines.at(-1) !== '') {
        lines.push(word);
      } else {
        lines[lines.length - 1] = longer;
      }
    }
    return lines.map(shown => cut(shown, width, 13, false, measure));
  });
}

/** A color mixed with white, because paper has no transparency. */
function tint(color: Color, share: number): string {
  const mixed = [1, 3, 5].map(at => {
    const part = Number.parseInt(HUES[color].slice(at, at + 2), 16);
    return Math.round(255 + (part - 255) * share)
      .toString(16)
      .padStart(2, '0');
  });
  return `#${mixed.join('')}`;
}
