/** The line under the canvas: totals and the legend; above it the issues, with their ways out as buttons. */
import type { CheckResult, Mend, PortType } from '../generated';
import { drawSign } from './painter';
import { fill, h, icon } from './dom';
import { count, plural, short } from './format';
import { type IssueRow, issueRows } from './issue-rows';
import type { Theme } from './theme';

const TYPES: readonly PortType[] = ['image', 'sequence', 'vector', 'scores'];
const WORDS = { error: 'Error', warning: 'Warning', advice: 'Advice' } as const;

export interface StatusOptions {
  onGoTo: (row: IssueRow) => void;
  onMend: (mend: Mend) => void;
}

export class Status {
  readonly element: HTMLElement;
  private readonly totals = h('span', { class: 'plab-totals' });
  private readonly list = h('ul', { class: 'plab-issues', 'aria-label': 'What to look at' });
  private readonly legend = h('span', { class: 'plab-legend', 'aria-hidden': 'true' });
  private readonly announcer = h('span', { class: 'plab-visually-hidden', 'aria-live': 'polite' });

  constructor(private readonly options: StatusOptions) {
    this.element = h(
      'section',
      { class: 'plab-status', 'aria-label': 'State of the network' },
      this.list,
      h('div', { class: 'plab-status-line' }, this.totals, this.legend),
      this.announcer
    );
  }

  /** Shows what a check found. `nameOf` tells what people call a node. */
  show(check: CheckResult, nameOf: (node: string) => string): void {
    const { layers, parameters, multiply_adds: work } = check.totals;
    this.totals.textContent = [
      plural(layers, 'layer'),
      plural(parameters, 'parameter'),
      `${short(work)} multiply-adds per image`
    ].join(' · ');
    this.totals.title = `${count(work)} multiply-adds`;
    const rows = issueRows(check.issues, nameOf);
    this.list.hidden = rows.length === 0;
    fill(this.list, ...rows.map(row => this.row(row)));
  }

  /** Says that shapes and issues are not known just now. */
  showFailure({ message, hint }: { message: string; hint: string }): void {
    this.list.hidden = false;
    fill(
      this.list,
      h(
        'li',
        { class: 'plab-issue plab-issue-error' },
        icon('error'),
        h('p', {}, `Shapes cannot be computed: ${message} ${hint}`)
      )
    );
  }

  /** Shows the signs of the types that are on the canvas: a network of images needs no word on sequences. */
  showLegend(theme: Theme, used: ReadonlySet<string>): void {
    const types = TYPES.filter(type => used.has(type));
    const key = [theme.isDark, ...types].join();
    if (key !== this.legend.dataset['shown']) {
      this.legend.dataset['shown'] = key;
      fill(this.legend, ...types.flatMap(type => [sign(type, theme), type]));
    }
  }

  /** Tells a screen reader what happened on the canvas. */
  announce(text: string): void {
    this.announcer.textContent = text;
  }

  private row(row: IssueRow): HTMLElement {
    const { mend } = row;
    const canGo = row.nodes.length > 0 || row.edge !== null;
    const text = [h('strong', {}, `${WORDS[row.severity]}: `), row.message];
    return h(
      'li',
      { class: `plab-issue plab-issue-${row.severity}`, 'data-code': row.code },
      icon(row.severity),
      canGo
        ? h(
            'button',
            {
              type: 'button',
              class: 'plab-issue-text',
              title: 'Show it on the canvas',
              onclick: () => {
                this.options.onGoTo(row);
              }
            },
            ...text
          )
        : h('p', { class: 'plab-issue-text' }, ...text),
      mend &&
        h(
          'button',
          {
            type: 'button',
            class: 'plab-button plab-mend',
            onclick: () => {
              this.options.onMend(mend);
            }
          },
          mend.label
        )
    );
  }
}

function sign(type: PortType, theme: Theme): HTMLCanvasElement {
  const ratio = window.devicePixelRatio || 1;
  const canvas = h('canvas', { width: 14 * ratio, height: 14 * ratio, class: 'plab-legend-sign' });
  const context = canvas.getContext('2d');
  if (context) {
    context.scale(ratio, ratio);
    drawSign(context, type, 7, 7, 5);
    context.fillStyle = theme.types[type];
    context.fill();
  }
  return canvas;
}
