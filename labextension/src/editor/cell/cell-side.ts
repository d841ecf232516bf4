/** The code beside the canvas: writing it, the sign of the link, and what to do where the two sides disagree. */
import type { ArchitecturesApi } from '../../api';
import type { CodeIssue, Mend } from '../../generated';
import type { Bubble } from '../bubble';
import { CodePanel } from '../code-panel';
import { fill, h, icon } from '../dom';
import { plural } from '../format';
import { askHost, type FindCellDetail } from '../host-events';
import type { EditorSession } from '../session';
import { writeCode } from '../write-code';
import { type CellConflict, CellLink, type LinkState } from './cell-link';
import { changedParts, differenceOf } from './difference';

export interface CellSideOptions {
  root: HTMLElement;
  session: EditorSession;
  architectures: ArchitecturesApi;
  bubble: Bubble;
  onNode: (node: string) => void;
  onMend: (mend: Mend) => void;
  announce: (text: string) => void;
}

const SIGNS = { ' ': ' ', '-': '−', '+': '+' } as const;
const NAMES = { ' ': 'same', '-': 'cell', '+': 'graph' } as const;

export class CellSide {
  /** The button in the toolbar that says how graph and cell stand to each other. */
  readonly sign = h('button', { type: 'button', class: 'plab-link', 'aria-expanded': 'false', hidden: true });
  readonly write: HTMLButtonElement;
  readonly panel = h('section', { class: 'plab-link-panel', 'aria-label': 'Graph and cell', hidden: true });
  readonly codePanel: CodePanel;
  private readonly link: CellLink;
  private isDifferenceShown = false;

  constructor(private readonly options: CellSideOptions) {
    const { root, session, architectures, onNode } = options;
    this.codePanel = new CodePanel(() => {
      root.focus({ preventScroll: true });
    });
    this.sign.addEventListener('click', () => {
      this.open(this.panel.hidden);
    });
    this.write = h('button', {
      type: 'button',
      class: 'plab-button plab-button-primary plab-write-code',
      onclick: () => void this.writeOrShow()
    });
    this.link = new CellLink({
      store: session.whole,
      architectures,
      memory: session,
      find: listener => {
        const detail: FindCellDetail = { graph: session.whole.document.meta.id, listener };
        askHost(root, 'patholearn:find-cell', detail);
        return detail.cell;
      },
      onState: state => {
        this.show(state);
      },
      onNode
    });
    this.show(this.link.state);
  }

  /** The button stays clickable where the network has errors, because a click says what is missing. */
  showErrors(hasErrors: boolean): void {
    this.write.classList.toggle('plab-button-waiting', hasErrors && !this.link.isLinked);
    this.write.title = this.link.isLinked
      ? 'Show the cell of this network'
      : hasErrors
        ? 'The network has errors: press to see which'
        : 'Write the PyTorch cell below';
  }

  /** Marks the lines of these nodes. */
  mark(nodes: Iterable<string>): void {
    this.link.mark(nodes);
  }

  dispose(): void {
    this.link.dispose();
  }

  /** Writes the cell where there is none; brings it into step and shows it where there is one. */
  private async writeOrShow(): Promise<void> {
    this.write.disabled = true;
    await this.link.sync();
    if (this.link.isLinked) {
      this.link.reveal();
      this.open(this.link.state.kind !== 'in-step');
    } else {
      await this.writeCell();
    }
    this.write.disabled = false;
  }

  private async writeCell(): Promise<void> {
    const { root, session, architectures, bubble, announce, onMend } = this.options;
    const outcome = await writeCode(root, architectures, session.whole.document);
    if (outcome.kind === 'written') {
      announce('The cell is written below. From now on it and the graph follow each other.');
      await this.link.sync();
    } else if (outcome.kind === 'nowhere') {
      this.codePanel.show(outcome.code);
    } else {
      const { message, mend } = outcome;
      const box = this.write.getBoundingClientRect();
      const action = mend && {
        label: mend.label,
        run: () => {
          onMend(mend);
        }
      };
      bubble.show({ x: box.right - 340, y: box.bottom - 16, message, action: action ?? undefined });
    }
  }

  private open(isOpen: boolean): void {
    this.panel.hidden = !isOpen;
    this.sign.setAttribute('aria-expanded', String(isOpen));
  }

  private show(state: LinkState): void {
    const wasConflict = this.sign.classList.contains('plab-link-conflict');
    this.sign.hidden = state.kind === 'none';
    fill(this.write, icon('code'), state.kind === 'none' ? 'Write code' : 'Show code');
    this.sign.classList.toggle('plab-link-waiting', state.kind === 'waiting');
    this.sign.classList.toggle('plab-link-conflict', state.kind === 'conflict');
    if (state.kind === 'none') {
      this.open(false);
      return;
    }
    const text = wordsOf(state);
    if (this.sign.textContent !== text) {
      fill(this.sign, icon(state.kind === 'in-step' ? 'link' : 'unlink'), h('span', {}, text));
      this.sign.title = state.kind === 'waiting' ? `${text} ${state.detail}` : text;
      this.options.announce(text);
    }
    this.fillPanel(state);
    if (state.kind === 'conflict') {
      this.open(true);
    } else if (wasConflict) {
      this.isDifferenceShown = false;
      this.open(false);
    }
  }

  private fillPanel(state: Exclude<LinkState, { kind: 'none' }>): void {
    const close = this.button('cross', 'Close', () => {
      this.open(false);
    });
    close.className = 'plab-icon-button';
    close.replaceChildren(icon('cross'));
    close.setAttribute('aria-label', 'Close');
    fill(this.panel, h('header', {}, h('h2', {}, headOf(state)), close), ...this.bodyOf(state));
  }

  private bodyOf(state: Exclude<LinkState, { kind: 'none' }>): (HTMLElement | null)[] {
    if (state.kind === 'conflict') {
      return this.conflict(state.conflict);
    }
    const canTake = state.kind === 'waiting' && state.issues.length > 0 && state.issues[0]?.code !== 'syntax_error';
    return [
      h('p', {}, state.kind === 'waiting' ? state.detail : 'Change the graph or the code: the other one follows.'),
      state.issues.length > 0 ? this.issues(state.issues) : null,
      canTake
        ? h(
            'div',
            { class: 'plab-link-choices' },
            this.button('check', 'Take what the graph can show', () => void this.link.keepCode())
          )
        : null
    ];
  }

  private issues(issues: readonly CodeIssue[]): HTMLElement {
    const row = (issue: CodeIssue): HTMLElement =>
      h(
        'li',
        { class: `plab-issue plab-issue-${issue.severity}` },
        icon(issue.severity),
        h(
          'button',
          {
            type: 'button',
            class: 'plab-issue-text',
            title: 'Show the line',
            onclick: () => {
              this.link.reveal(issue.line);
            }
          },
          h('strong', {}, `Line ${issue.line}: `),
          issue.message
        )
      );
    return h('ul', { class: 'plab-link-issues' }, ...issues.map(row));
  }

  private conflict(conflict: CellConflict): HTMLElement[] {
    const reasons = conflict.merged?.conflicts.map(({ message }) => message) ?? [
      'Both were changed while the editor was not open, so it is not known which came last.'
    ];
    const difference = this.button(
      'code',
      this.isDifferenceShown ? 'Hide the difference' : 'Show the difference',
      () => {
        this.isDifferenceShown = !this.isDifferenceShown;
        this.fillPanel({ kind: 'conflict', conflict });
      }
    );
    difference.setAttribute('aria-expanded', String(this.isDifferenceShown));
    return [
      ...[...new Set(reasons)].map(reason => h('p', {}, reason)),
      h(
        'div',
        { class: 'plab-link-choices' },
        this.button('check', 'Keep the code', () => void this.link.keepCode()),
        this.button('check', 'Keep the graph', () => void this.link.keepGraph()),
        difference
      ),
      ...(this.isDifferenceShown ? [differenceView(conflict)] : [])
    ];
  }

  private button(sign: Parameters<typeof icon>[0], label: string, run: () => void): HTMLButtonElement {
    return h('button', { type: 'button', class: 'plab-button', onclick: run }, icon(sign), label);
  }
}

function differenceView({ cell, graph }: CellConflict): HTMLElement {
  const parts = changedParts(differenceOf(cell, graph));
  return h(
    'figure',
    { class: 'plab-difference' },
    h('figcaption', {}, '− only in the cell, + only in what the graph would write'),
    h(
      'pre',
      { tabindex: 0 },
      ...parts.map(part =>
        part
          ? h('span', { class: `plab-difference-${NAMES[part.sign]}` }, `${SIGNS[part.sign]} ${part.text}\n`)
          : h('span', { class: 'plab-difference-gap' }, '  ⋯\n')
      )
    )
  );
}

function wordsOf(state: Exclude<LinkState, { kind: 'none' }>): string {
  switch (state.kind) {
    case 'in-step':
      return state.issues.length > 0 ? `In step · ${plural(state.issues.length, 'remark')}` : 'In step with its cell';
    case 'waiting':
      return state.message;
    case 'conflict':
      return 'Changed on both sides';
  }
}

function headOf(state: Exclude<LinkState, { kind: 'none' }>): string {
  switch (state.kind) {
    case 'in-step':
      return 'The graph and its cell are in step';
    case 'waiting':
      return state.message;
    case 'conflict':
      return 'The graph and its cell were both changed';
  }
}
