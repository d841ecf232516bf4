import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { EmitCellDetail, ReadCellDetail } from '../../../editor/host-events';
import { cellShowing, findCell, insertCell, isChanged, pointAt, readCell, replaceCell, untagCell } from './cell-keeper';

/** Keeps the notebook cell of a drawn network: widgets ask for it by DOM events that rise from their views. */
export const cellPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:cell',
  description: 'Writes the cell of a drawn network into the notebook, and reads it back.',
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

/** Inserts or replaces the cell of a graph. What the person changed in it by hand is never lost without a question. */
async function writeCell(
  { content: notebook }: NotebookPanel,
  detail: EmitCellDetail,
  target: Node
): Promise<'written' | 'kept'> {
  let index = findCell(notebook, detail.graph);
  if (index < 0) {
    index = insertCell(notebook, cellShowing(notebook, target), detail);
  } else if (await isChanged(notebook, index)) {
    const choice = await askAboutChanges();
    if (choice === undefined) {
      return 'kept';
    }
    // The notebook may have changed while the question stood there.
    index = findCell(notebook, detail.graph);
    if (choice === 'keep') {
      untagCell(notebook, index);
      index = insertCell(notebook, index, detail);
    } else {
      replaceCell(notebook, index, detail);
    }
  } else {
    replaceCell(notebook, index, detail);
  }
  await pointAt(notebook, index);
  return 'written';
}

async function askAboutChanges(): Promise<'replace' | 'keep' | undefined> {
  const keep = 'Keep my changes';
  const replace = 'Replace my changes';
  const { button } = await showDialog({
    title: 'The cell was changed by hand',
    body:
      'The code cell of this network is not as the editor wrote it. Replace it, or keep it as it is and put the new ' +
      'code into a cell below?',
    buttons: [
      Dialog.cancelButton({ label: 'Cancel' }),
      Dialog.warnButton({ label: replace }),
      Dialog.okButton({ label: keep })
    ]
  });
  return button.label === keep ? 'keep' : button.label === replace ? 'replace' : undefined;
}
