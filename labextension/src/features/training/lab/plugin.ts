import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import type { PatholearnApi } from '../../../api';
import { IPatholearnApi } from '../../../tokens';
import { tellEndings } from '../endings';
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

/** How long a notice stays, in ms; what went wrong stays until it is closed. */
const STAYS = { success: 8000, warning: false, error: false } as const;

/** Tells of trainings that end while another notebook, or no panel at all, is on the screen. */
export const endingPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:ending',
  description: 'Tells when a training has ended.',
  autoStart: true,
  requires: [IPatholearnApi],
  activate: (_app: JupyterFrontEnd, api: PatholearnApi) => {
    tellEndings(api.events, ({ tone, message }) => {
      Notification.emit(message, tone, { autoClose: STAYS[tone] });
    });
  }
};
