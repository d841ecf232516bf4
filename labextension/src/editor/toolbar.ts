/** The buttons above the canvas. */
import type { Steps } from '../graph';
import { ACTIONS, type ActionId, keyText } from './actions';
import { h, icon, type IconName } from './dom';

/** The file that a drawing is kept in, and why it could not be written just now. */
export interface Saved {
  file: string;
  problem: { message: string; hint: string } | null;
}

export class Toolbar {
  readonly element: HTMLElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly remove: HTMLButtonElement;
  private readonly saved = h('span', { class: 'plab-saved', role: 'status' });

  /** `code` is what belongs to the code beside the canvas. */
  constructor(run: (action: ActionId) => void, onMenu: (button: HTMLElement) => void, code: readonly HTMLElement[]) {
    const tool = (sign: IconName, id: ActionId): HTMLButtonElement => {
      const { label, keys } = ACTIONS[id];
      const title = `${label} (${keyText(keys[0] ?? '')})`;
      const onclick = (): void => {
        run(id);
      };
      return h('button', { type: 'button', class: 'plab-tool', 'aria-label': label, title, onclick }, icon(sign));
    };
    this.undo = tool('undo', 'undo-change');
    this.redo = tool('redo', 'redo-change');
    this.remove = tool('trash', 'delete-selection');
    const menu = h(
      'button',
      {
        type: 'button',
        class: 'plab-tool',
        'aria-label': 'All actions',
        title: 'All actions',
        'aria-haspopup': 'menu'
      },
      icon('more')
    );
    menu.addEventListener('click', () => {
      onMenu(menu);
    });
    this.element = h(
      'div',
      { class: 'plab-toolbar', role: 'toolbar', 'aria-label': 'Editor' },
      this.undo,
      this.redo,
      this.remove,
      h('span', { class: 'plab-toolbar-gap' }),
      tool('tidy', 'tidy-graph'),
      tool('fit', 'show-all'),
      tool('minus', 'zoom-out'),
      tool('plus', 'zoom-in'),
      menu,
      h('span', { class: 'plab-toolbar-space' }),
      this.saved,
      ...code
    );
  }

  /** Shows what can be done just now, and what undo would take back. */
  show(history: Steps, hasSelection: boolean): void {
    state(this.undo, 'undo-change', history.undoLabel);
    state(this.redo, 'redo-change', history.redoLabel);
    this.remove.disabled = !hasSelection;
  }

  /** Says in which file the drawing is kept, or why it is not; nothing where it has no file. */
  showSaved(saved: Saved | null): void {
    const problem = saved?.problem;
    this.saved.textContent = !saved ? '' : problem ? 'Not saved' : `Kept in ${saved.file}`;
    this.saved.title = problem
      ? `${problem.message} ${problem.hint}`
      : 'Each change is written to this file. Run the cell again after a restart, and the drawing is there.';
    this.saved.classList.toggle('plab-saved-not', Boolean(problem));
  }
}

function state(button: HTMLButtonElement, action: ActionId, step: string | undefined): void {
  const { label, keys } = ACTIONS[action];
  button.disabled = step === undefined;
  button.title = `${label}${step === undefined ? '' : `: ${step}`} (${keyText(keys[0] ?? '')})`;
}
