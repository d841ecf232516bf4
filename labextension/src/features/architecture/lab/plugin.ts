import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { EmitCellDetail, FindCellDetail, ReadCellDetail } from '../../../editor';
import { cellShowing, findCell, insertCell, pointAt, readCell } from './cell-keeper';
import { holdCell } from './notebook-cell';

/** Keeps the notebook cell of a drawn network: widgets ask for it by DOM events that rise from their views. */
export const cellPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:cell',
  description: 'Writes the cell of a drawn network into the notebook, and keeps both in step.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, tracker: INotebookTracker) => {
    const answer = <T>(name: string, act: (panel: NotebookPanel, detail: T, target: Node) => void): void => {
      document.addEventListener(name, event => {
        const target = event.target as Node;
        const panel = tracker.find(candidate => candidate.node.contains(target));
        if (panel) {
          event.preventDefault();
          act(panel, (event as CustomEvent<T>).detail, target);
        }
      });
    };

    answer<EmitCellDetail>('patholearn:emit-cell', (panel, detail, target) => {
      detail.result = writeCell(panel, detail, target);
    });
    answer<FindCellDetail>('patholearn:find-cell', (panel, detail) => {
      const cell = holdCell(panel.content, detail.graph, detail.listener);
      if (cell) {
        detail.cell = cell;
      }
    });
    answer<ReadCellDetail>('patholearn:read-cell', (panel, detail) => {
      const source = readCell(panel.content, detail.graph);
      if (source !== undefined) {
        detail.source = source;
      }
    });
    answer('patholearn:save-notebook', panel => {
      panel.context.save().catch((reason: unknown) => showErrorMessage('The notebook cannot be saved', String(reason)));
    });
  }
};

/** Inserts the cell of a graph below the one that shows the editor. One that is there already is only shown. */
async function writeCell({ content: notebook }: NotebookPanel, detail: EmitCellDetail, target: Node): Promise<void> {
  const index = findCell(notebook, detail.graph);
  await pointAt(notebook, index < 0 ? insertCell(notebook, cellShowing(notebook, target), detail) : index);
}
