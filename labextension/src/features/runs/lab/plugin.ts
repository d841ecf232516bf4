import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { PatholearnApi } from '../../../api';
import { IPatholearnApi } from '../../../tokens';
import { CREATE } from '../../architecture/lab/document-plugin';
import { tellEndings } from '../../training/endings';
import { runsIcon } from './icon';
import { RunsTab } from './panel';

export const SHOW = 'patholearn:show-runs';

/** All runs and jobs in a tab of their own, from the launcher, the palette, and the notice of one that ended. */
export const runsPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:runs',
  description: 'Lists all runs and jobs, shows one, compares several.',
  autoStart: true,
  requires: [IPatholearnApi, IRenderMimeRegistry],
  optional: [ILayoutRestorer, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    api: PatholearnApi,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null
  ) => {
    const { commands, shell } = app;
    const tracker = new WidgetTracker<RunsTab>({ namespace: 'patholearn-runs' });
    let tab: RunsTab | undefined;
    commands.addCommand(SHOW, {
      label: 'Runs',
      caption: 'All trainings and other jobs: curves, results, logs; compare several',
      icon: args => (args['isPalette'] ? undefined : runsIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            isPalette: { type: 'boolean' },
            runs: { type: 'array', items: { type: 'string' }, description: 'The ids of the runs to look at' }
          }
        }
      },
      execute: ({ runs }) => {
        if (!tab || tab.isDisposed) {
          tab = new RunsTab(api, rendermime, () => {
            void commands.execute(CREATE);
          });
          void tracker.add(tab);
          shell.add(tab, 'main');
        }
        if (Array.isArray(runs)) {
          tab.choose(runs.map(String));
        }
        shell.activateById(tab.id);
      }
    });
    palette?.addItem({ command: SHOW, category: 'PathoLearn', args: { isPalette: true } });
    launcher?.add({ command: SHOW, category: 'PathoLearn', rank: 1 });
    void restorer?.restore(tracker, { command: SHOW, name: () => 'runs' });
  }
};

/** How long a notice stays, in ms; what went wrong stays until it is closed. */
const STAYS = { success: 8000, warning: false, error: false } as const;

/** Tells of jobs that end while another notebook, or no panel at all, is on the screen. */
export const endingPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:ending',
  description: 'Tells when a training or another job has ended, with a button that opens it.',
  autoStart: true,
  requires: [IPatholearnApi],
  activate: ({ commands }: JupyterFrontEnd, api: PatholearnApi) => {
    tellEndings(api.events, ({ tone, message, run }) => {
      Notification.emit(message, tone, {
        autoClose: STAYS[tone],
        actions: [
          {
            label: 'Show the run',
            callback: () => {
              void commands.execute(SHOW, { runs: [run] });
            }
          }
        ]
      });
    });
  }
};
