import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

/** Keeps the notebook cell of a drawn network. */
export const cellPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:cell',
  description: 'Writes the cell of a drawn network into the notebook, and reads it back.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app: JupyterFrontEnd, tracker: INotebookTracker) => {
    void tracker;
  }
};
