/** The notebook cell of a drawn network: found by its tag, written, read. */
import type { Notebook } from '@jupyterlab/notebook';

/** The key of the cell's metadata: `{graph, hash}`. */
export const TAG = 'patholearn';

export interface Tag {
  graph: string;
  hash: string;
}

export interface EmittedCode {
  graph: string;
  code: string;
  hash: string;
}

/** Where the cell is that belongs to a graph, or -1. */
export function findCell(notebook: Notebook, graph: string): number {
  return notebook.widgets.findIndex(cell => tagOf(cell.model.getMetadata(TAG))?.graph === graph);
}

/** The cell's source, or undefined where the notebook has no cell for that graph. */
export function readCell(notebook: Notebook, graph: string): string | undefined {
  return notebook.widgets[findCell(notebook, graph)]?.model.sharedModel.getSource();
}

/** Inserts a new cell below the one at `index` and returns its place. */
export function insertCell(notebook: Notebook, index: number, { graph, code, hash }: EmittedCode): number {
  const place = index + 1;
  notebook.model?.sharedModel.insertCell(place, {
    cell_type: 'code',
    source: code,
    metadata: { trusted: true, [TAG]: { graph, hash } }
  });
  return place;
}

/** The place of the cell that shows an element, else of the active cell. */
export function cellShowing(notebook: Notebook, element: Node): number {
  const index = notebook.widgets.findIndex(cell => cell.node.contains(element));
  return index >= 0 ? index : notebook.activeCellIndex;
}

/** Scrolls to the cell and lets it glow for a moment. */
export async function pointAt(notebook: Notebook, index: number): Promise<void> {
  const cell = notebook.widgets[index];
  if (!cell) {
    return;
  }
  // With `smart` the notebook only scrolls when the cell is not in sight: the editor above it stays where it is.
  await notebook.scrollToItem(index, 'smart');
  cell.node.classList.add('plab-cell-written');
  cell.node.addEventListener(
    'animationend',
    () => {
      cell.node.classList.remove('plab-cell-written');
    },
    { once: true }
  );
}

/** The tag of a cell, or undefined where it has none. */
export function tagOf(value: unknown): Tag | undefined {
  const tag = value as Partial<Tag> | undefined;
  return typeof tag?.graph === 'string' && typeof tag.hash === 'string' ? (tag as Tag) : undefined;
}
