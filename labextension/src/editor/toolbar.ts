/** The buttons above the canvas. */
import type { History } from '../graph';
import { h, icon, type IconName } from './dom';

export interface ToolbarActions {
  undo: () => void;
  redo: () => void;
  remove: () => void;
  tidy: () => void;
  fit: () => void;
  zoomIn: () => void;
  zoomOut: () => void;
  writeCode: () => void;
}

export class Toolbar {
  readonly element: HTMLElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly remove: HTMLButtonElement;
  private readonly write: HTMLButtonElement;

  constructor(actions: ToolbarActions) {
    this.undo = tool('undo', 'Undo', 'Ctrl+Z', actions.undo);
    this.redo = tool('redo', 'Redo', 'Ctrl+Shift+Z', actions.redo);
    this.remove = tool('trash', 'Delete the selection', 'Delete', actions.remove);
    this.write = h(
      'button',
      { type: 'button', class: 'plab-button plab-button-primary plab-write-code', onclick: actions.writeCode },
      icon('code'),
      'Write code'
    );
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
      this.write
    );
  }

  /** Shows what can be done just now, and what undo would take back. */
  show(history: History, hasSelection: boolean, hasErrors: boolean): void {
    state(this.undo, 'Undo', 'Ctrl+Z', history.undoLabel);
    state(this.redo, 'Redo', 'Ctrl+Shift+Z', history.redoLabel);
    this.remove.disabled = !hasSelection;
    // It stays clickable, because a click says what is missing.
    this.write.classList.toggle('plab-button-waiting', hasErrors);
    this.write.title = hasErrors ? 'The network has errors: press to see which' : 'Write the PyTorch cell below';
  }

  showBusy(isBusy: boolean): void {
    this.write.disabled = isBusy;
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
