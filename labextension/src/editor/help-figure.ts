/** What a layer does, drawn with its own settings: a window that moves over an image, values that are left out, … */
import type { ParamValue } from '../generated';
import { h } from './dom';
import { reducedMotion } from './theme';

const CELL = 11;
const STEP_S = 0.35;
/** Larger drawings are too small to be seen beside the canvas. */
const MOST_CELLS = 14;

type ValueOf = (param: string) => ParamValue;
/** The drawing as SVG, its size in cells, and the sentence below it. */
interface Drawn {
  svg: string;
  columns: number;
  rows: number;
  words: string;
}

/** The figure of a kind, or undefined where there is none for it or for these settings. */
export function helpFigure(kind: string, valueOf: ValueOf): HTMLElement | undefined {
  const drawn = FIGURES[kind]?.(valueOf);
  if (!drawn) {
    return undefined;
  }
  const picture = h('div');
  const [width, height] = [drawn.columns * CELL + 2, drawn.rows * CELL + 2];
  // Nothing but numbers comes into it.
  picture.innerHTML = `<svg viewBox="-1 -1 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true">${drawn.svg}</svg>`;
  const svg = picture.firstElementChild as SVGSVGElement;
  const stop = h('button', { type: 'button', class: 'plab-as-text', 'aria-pressed': 'false' }, 'Stop the motion');
  stop.addEventListener('click', () => {
    const isStopped = stop.getAttribute('aria-pressed') !== 'true';
    stop.setAttribute('aria-pressed', String(isStopped));
    svg[isStopped ? 'pauseAnimations' : 'unpauseAnimations']();
  });
  const moves = drawn.svg.includes('<animate');
  return h('figure', { class: 'plab-help-figure' }, picture, h('figcaption', {}, drawn.words, ' ', moves && stop));
}

const window2d =
  (does: string) =>
  (valueOf: ValueOf): Drawn | undefined => {
    const kernel = pair(valueOf('kernel_size')) ?? [2, 2];
    const stride = pair(valueOf('stride')) ?? kernel;
    const dilation = pair(valueOf('dilation')) ?? [1, 1];
    const isSame = valueOf('same_padding') === true;
    const sides = [0, 1].map(axis => {
      const [k = 1, s = 1, d = 1] = [kernel[axis], stride[axis], dilation[axis]];
      const reach = d * (k - 1) + 1;
      const padding = isSame ? Math.floor(reach / 2) : (pair(valueOf('padding'))?.[axis] ?? 0);
      const size = Math.max(6, reach + s - 2 * padding);
      const out = Math.floor((size + 2 * padding - reach) / s) + 1;
      return { k, s, d, padding, size, all: size + 2 * padding, out };
    });
    const [y, x] = sides;
    if (!y || !x || sides.some(side => side.all > MOST_CELLS || !(side.out >= 1) || side.k < 1 || side.s < 1)) {
      return undefined;
    }
    const input = cells(y.all, x.all, (row, column) =>
      row < y.padding || row >= y.padding + y.size || column < x.padding || column >= x.padding + x.size ? 'pad' : 'in'
    );
    const right = (x.all + 2) * CELL;
    const output = `<g transform="translate(${right} 0)">${cells(y.out, x.out, () => 'in')}</g>`;
    const looks = cells(y.k, x.k, () => 'look', y.d, x.d);
    const places = [...Array(y.out * x.out).keys()].map(at => [Math.floor(at / x.out), at % x.out] as const);
    const glide = (stepY: number, stepX: number): string =>
      motion(places.map(([row, column]) => `${column * stepX * CELL} ${row * stepY * CELL}`));
    const gives = `<g transform="translate(${right} 0)"><g>${cells(1, 1, () => 'look')}${glide(1, 1)}</g></g>`;
    const padded = y.padding + x.padding > 0 ? ' Dashed: the zeros around it.' : '';
    return {
      svg: `${input}${output}<g>${looks}${glide(y.s, x.s)}</g>${gives}`,
      columns: x.all + 2 + x.out,
      rows: Math.max(y.all, y.out),
      words: `${does} of ${y.k} × ${x.k} values; the window moves on by ${y.s === x.s ? y.s : `${y.s} and ${x.s}`}. ${y.size} × ${x.size} become ${y.out} × ${x.out}.${padded}`
    };
  };

const FIGURES: Record<string, (valueOf: ValueOf) => Drawn | undefined> = {
  conv2d: window2d('Each value is a weighted sum'),
  max_pool2d: window2d('Each value is the largest'),
  avg_pool2d: window2d('Each value is the mean'),
  dropout: valueOf => {
    const share = Number(valueOf('p'));
    if (!(share >= 0 && share <= 1)) {
      return undefined;
    }
    // The fractional parts of multiples of the golden ratio: as if drawn by chance, and the same each time.
    const isOut = (at: number): boolean => (at * 0.618034) % 1 < share;
    const svg = cells(4, 12, (row, column) => (isOut(row * 12 + column + 1) ? 'pad' : 'look'));
    return {
      svg,
      columns: 12,
      rows: 4,
      words: `In training ${Math.round(share * 100)} % of the values become 0, others each time.`
    };
  },
  linear: valueOf => {
    const many = Math.min(Number(valueOf('out_features')) || 1, 10);
    const dot = (x: number, y: number): string => `<circle cx="${x}" cy="${y}" r="4" class="plab-figure-look"/>`;
    const place = (at: number, of: number): number => ((at + 0.5) * 10 * CELL) / of;
    const left = [...Array(6).keys()].map(at => place(at, 6));
    const right = [...Array(many).keys()].map(at => place(at, many));
    const lines = left.flatMap(from => right.map(to => `<path d="M6 ${from}L126 ${to}" class="plab-figure-line"/>`));
    const svg = [...lines, ...left.map(y => dot(6, y)), ...right.map(y => dot(126, y))].join('');
    return { svg, columns: 12, rows: 10, words: 'Every value that leaves is a weighted sum of all that come in.' };
  },
  upsample: valueOf => {
    const factor = Number(valueOf('scale_factor'));
    if (valueOf('size') !== null || ![2, 3, 4].includes(factor)) {
      return undefined;
    }
    const shade = (row: number, column: number): string => ((row + column) % 2 ? 'look' : 'in');
    const large = cells(3 * factor, 3 * factor, (row, column) =>
      shade(Math.floor(row / factor), Math.floor(column / factor))
    );
    return {
      svg: `${cells(3, 3, shade)}<g transform="translate(${5 * CELL} 0)">${large}</g>`,
      columns: 5 + 3 * factor,
      rows: 3 * factor,
      words: `Each value becomes ${factor} × ${factor}: the image grows.`
    };
  },
  add: () => ({
    ...beside(['look', 'pad'], ['both']),
    words: 'The two are added value by value; the channels stay as many.'
  }),
  concatenate: () => ({
    ...beside(['look', 'pad'], ['look', 'pad']),
    words: 'The channels of one are put behind those of the other.'
  })
};

/** Stacks of channels that come in from above one another, and the stack that leaves. */
function beside(before: string[], after: string[]): Omit<Drawn, 'words'> {
  const stack = (kind: string, x: number, y: number): string =>
    `<g transform="translate(${x * CELL} ${y * CELL})">${cells(3, 1, () => kind)}</g>`;
  const left = before.map((kind, at) => stack(kind, 0, 4 * at)).join('');
  const right = after.map((kind, at) => stack(kind, 5, (after.length > 1 ? 0.5 : 2) + 3 * at)).join('');
  return { svg: `${left}<path d="M20 38H46m-6-5 6 5-6 5" class="plab-figure-line"/>${right}`, columns: 6, rows: 7 };
}

function cells(
  rows: number,
  columns: number,
  kind: (row: number, column: number) => string,
  apartY = 1,
  apartX = 1
): string {
  const all = [...Array(rows * columns).keys()].map(at => [Math.floor(at / columns), at % columns] as const);
  return all
    .map(
      ([row, column]) =>
        `<rect x="${column * apartX * CELL}" y="${row * apartY * CELL}" width="${CELL}" height="${CELL}" class="plab-figure-${kind(row, column)}"/>`
    )
    .join('');
}

function motion(places: readonly string[]): string {
  return reducedMotion() || places.length < 2
    ? ''
    : `<animateTransform attributeName="transform" type="translate" calcMode="discrete" repeatCount="indefinite" dur="${places.length * STEP_S}s" values="${places.join(';')}"/>`;
}

/** 3, or "1, 7" for height and width. */
function pair(value: ParamValue | undefined): number[] | undefined {
  const [first, second = first] = value === null || value === undefined ? [] : String(value).split(',').map(Number);
  return first === undefined ||
    second === undefined ||
    ![first, second].every(part => Number.isInteger(part) && part >= 0)
    ? undefined
    : [first, second];
}
