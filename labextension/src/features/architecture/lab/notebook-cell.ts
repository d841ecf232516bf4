/** A notebook cell as the editor's link knows it. */
import type { Cell, ICellModel } from '@jupyterlab/cells';
import type { Notebook } from '@jupyterlab/notebook';
import type { LinkedCell, LineRange, LinkListener } from '../../../editor';
import { findCell, pointAt, TAG, tagOf } from './cell-keeper';
import { updateText } from './shared-text';
import { goToLine, markLines, unwatchCursor, watchCursor } from './cell-marks';

/** The cells that a view holds. Two views that both wrote into one cell would write everything twice. */
const held = new WeakSet<ICellModel>();

/** The cell of a graph; undefined where the notebook has none, or another view holds it. */
export function holdCell(notebook: Notebook, graph: string, listener: LinkListener): LinkedCell | undefined {
  const cell = notebook.widgets[findCell(notebook, graph)];
  return cell && !held.has(cell.model) ? new NotebookCell(notebook, cell, graph, listener) : undefined;
}

class NotebookCell implements LinkedCell {
  private readonly model: ICellModel;
  private marked: readonly LineRange[] = [];

  constructor(
    private readonly notebook: Notebook,
    private readonly cell: Cell,
    private readonly graph: string,
    private readonly listener: LinkListener
  ) {
    this.model = cell.model;
    held.add(this.model);
    this.model.contentChanged.connect(this.onChange);
    this.model.metadataChanged.connect(this.onChange);
    this.cell.disposed.connect(this.onChange);
    watchCursor(cell, listener.onCursor)
      .then(() => {
        this.mark(this.marked);
      })
      .catch((reason: unknown) => {
        console.warn('PathoLearn Lab: lines cannot be marked in the cell', reason);
      });
  }

  get source(): string | undefined {
    const isThere = !this.cell.isDisposed && tagOf(this.model.getMetadata(TAG))?.graph === this.graph;
    return isThere ? this.model.sharedModel.getSource() : undefined;
  }

  get hash(): string {
    return tagOf(this.model.getMetadata(TAG))?.hash ?? '';
  }

  async isUntouched(): Promise<boolean> {
    // Browsers have no digests on pages without https (other than localhost): then it is better to ask once too often.
    return 'subtle' in crypto && (await sha256(this.source ?? '')) === this.hash;
  }

  write(code: string): void {
    updateText(this.model.sharedModel, code);
  }

  keepHash(hash: string): void {
    if (hash !== this.hash) {
      this.model.setMetadata(TAG, { graph: this.graph, hash });
    }
  }

  mark(ranges: readonly LineRange[]): void {
    this.marked = ranges;
    markLines(this.cell, ranges);
  }

  reveal(line?: number): void {
    const index = this.notebook.widgets.indexOf(this.cell);
    pointAt(this.notebook, index)
      .then(() => {
        if (line !== undefined) {
          this.notebook.activeCellIndex = index;
          goToLine(this.cell, line);
        }
      })
      .catch((reason: unknown) => {
        console.warn('PathoLearn Lab: the cell cannot be shown', reason);
      });
  }

  release(): void {
    held.delete(this.model);
    this.model.contentChanged.disconnect(this.onChange);
    this.model.metadataChanged.disconnect(this.onChange);
    this.cell.disposed.disconnect(this.onChange);
    unwatchCursor(this.cell);
  }

  private readonly onChange = (): void => {
    this.listener.onChange();
  };
}

/** In hexadecimal, as the kernel writes it. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
}
