/** The buttons above the canvas. */
import type { History } from '../graph';
import { h, icon, type IconName } from './dom';

/** The file that a drawing is kept in, and why it could not be written just now. */
export interface Saved {
  file: string;
  problem: { message: string; hint: string } | null;
}

export interface ToolbarActions {
  undo: () => void;
  redo: () => void;
  remove: () => void;
  tidy: () => void;
  fit: () => void;
  zoomIn: () => void;
  zoomOut: () => void;
}

export class Toolbar {
  readonly element: HTMLElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly remove: HTMLButtonElement;
  private readonly saved = h('span', { class: 'plab-saved', role: 'status' });

  /** `code` is what belongs to the code beside the canvas. */
  constructor(actions: ToolbarActions, code: readonly HTMLElement[]) {
    this.undo = tool('undo', 'Undo', 'Ctrl+Z', actions.undo);
    this.redo = tool('redo', 'Redo', 'Ctrl+Shift+Z', actions.redo);
    this.remove = tool('trash', 'Delete the selection', 'Delete', actions.remove);
    this.element = h(
      'div',
      { class: 'plab-toolbar', role: 'toolbar', 'aria-label': 'Editor' },
      this.undo,
      this.redo,
      this.remove,
      h('span', { class: 'plab-toolbar-gap' }),
      tool('tidy', 'Tidy up', 'T', actions.tidy),
      tool('fit', 'Show all', 'F', actions.fit),
      tool('minus', 'Zoom out', '−', actions.zoomOut),
      tool('plus', 'Zoom in', '+', actions.zoomIn),
      h('span', { class: 'plab-toolbar-space' }),
      this.saved,
      ...code
    );
  }

  /** Shows what can be done just now, and what undo would take back. */
  show(history: History, hasSelection: boolean): void {
    state(this.undo, 'Undo', 'Ctrl+Z', history.undoLabel);
    state(this.redo, 'Redo', 'Ctrl+Shift+Z', history.redoLabel);
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

function tool(name: IconName, label: string, key: string, run: () => void): HTMLButtonElement {
  return h(
    'button',
    { type: 'button', class: 'plab-tool', 'aria-label': label, title: `${label} (${key})`, onclick: run },
    icon(name)
  );
}

function state(button: HTMLButtonElement, word: string, key: string, step: string | undefined): void {
  button.disabled = step === undefined;
  button.title = step === undefined ? `${word} (${key})` : `${word}: ${step} (${key})`;
}
