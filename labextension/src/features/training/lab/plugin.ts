import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { PatholearnApi } from '../../../api';
import { IPatholearnApi } from '../../../tokens';
import { RUN_MIME, RunOutput } from './run-output';

/** Before the plain view of a widget, whose rank is -10: this renderer shows that view inside itself. */
const RANK = -20;

/** Shows runs in notebooks also when the kernel whose widget showed them is gone. */
export const runPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:run',
  description: 'Shows the curves and the result of a training when a notebook is opened again.',
  autoStart: true,
  requires: [INotebookTracker, IPatholearnApi],
  activate: (_app: JupyterFrontEnd, tracker: INotebookTracker, api: PatholearnApi) => {
    const equip = ({ content: { rendermime } }: NotebookPanel): void => {
      const createRenderer = (): RunOutput => new RunOutput(api, rendermime);
      rendermime.addFactory({ safe: true, mimeTypes: [RUN_MIME], createRenderer }, RANK);
    };
    tracker.forEach(equip);
    tracker.widgetAdded.connect((_, panel) => {
      equip(panel);
    });
  }
};
