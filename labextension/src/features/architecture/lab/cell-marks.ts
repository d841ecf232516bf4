/** Lines that are marked in a cell's editor, and where its cursor is. */
import { StateEffect, StateField, type EditorState } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';
import type { Cell } from '@jupyterlab/cells';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { LineRange } from '../../../editor';

const setMarks = StateEffect.define<readonly LineRange[]>();
const LINE = Decoration.line({ class: 'plab-cell-line' });

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (value, transaction) =>
    transaction.effects.reduce(
      (current, effect) => (effect.is(setMarks) ? decorate(transaction.state, effect.value) : current),
      value.map(transaction.changes)
    ),
  provide: field => EditorView.decorations.from(field)
});

/** Who wants to know where the cursor is. An extension stays in an editor for good; those who ask come and go. */
const listeners = new WeakMap<EditorView, (line: number) => void>();

const cursor = EditorView.updateListener.of(update => {
  if (update.selectionSet && update.view.hasFocus) {
    listeners.get(update.view)?.(update.state.doc.lineAt(update.state.selection.main.head).number);
  }
});

/** Marks exactly these lines. */
export function markLines(cell: Cell, ranges: readonly LineRange[]): void {
  const view = viewOf(cell);
  if (view?.state.field(marks, false)) {
    view.dispatch({ effects: setMarks.of(ranges) });
  }
}

/** Makes the cell's editor ready for marks, and calls back when its cursor comes into another line. */
export async function watchCursor(cell: Cell, onCursor: (line: number) => void): Promise<void> {
  await cell.ready;
  const view = viewOf(cell);
  if (!view) {
    return;
  }
  if (!view.state.field(marks, false)) {
    (cell.editor as CodeMirrorEditor).injectExtension([marks, cursor]);
  }
  listeners.set(view, onCursor);
}

export function unwatchCursor(cell: Cell): void {
  const view = viewOf(cell);
  if (view) {
    listeners.delete(view);
  }
}

/** Puts the cursor at the beginning of a line. */
export function goToLine(cell: Cell, line: number): void {
  const view = viewOf(cell);
  if (view && line <= view.state.doc.lines) {
    view.dispatch({ selection: { anchor: view.state.doc.line(line).from }, scrollIntoView: true });
    view.focus();
  }
}

/** The view of CodeMirror; undefined where the cell has not been on the screen yet, or another editor is in it. */
function viewOf(cell: Cell): EditorView | undefined {
  const editor = cell.isDisposed ? null : (cell.editor as Partial<CodeMirrorEditor> | null);
  return editor?.editor;
}

function decorate(state: EditorState, ranges: readonly LineRange[]): DecorationSet {
  const numbers = ranges.flatMap(([first, last]) =>
    Array.from({ length: Math.max(0, Math.min(last, state.doc.lines) - first + 1) }, (_, index) => first + index)
  );
  return Decoration.set([...new Set(numbers)].sort((a, b) => a - b).map(line => LINE.range(state.doc.line(line).from)));
}
