import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker, type MainAreaWidget } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import type { PatholearnApi } from '../../../api';
import { IPatholearnApi } from '../../../tokens';
import { datasetsIcon } from './icon';
import { datasetsTab } from './panel';

export const OPEN = 'patholearn:open-datasets';

/** The data sets in a tab of their own, from the launcher and the palette. */
export const datasetsPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:datasets',
  description: 'Shows, uploads and exports data sets in a tab.',
  autoStart: true,
  requires: [IPatholearnApi],
  optional: [ILayoutRestorer, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    api: PatholearnApi,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null
  ) => {
    const { commands, shell } = app;
    const tracker = new WidgetTracker<MainAreaWidget>({ namespace: 'patholearn-datasets' });
    let tab: MainAreaWidget | undefined;
    commands.addCommand(OPEN, {
      label: 'Data sets',
      caption: 'Look at data sets, add your own pictures, export',
      icon: args => (args['isPalette'] ? undefined : datasetsIcon),
      describedBy: { args: { type: 'object', properties: { isPalette: { type: 'boolean' } } } },
      execute: () => {
        if (!tab || tab.isDisposed) {
          tab = datasetsTab(api);
          void tracker.add(tab);
          shell.add(tab, 'main');
        }
        shell.activateById(tab.id);
      }
    });
    palette?.addItem({ command: OPEN, category: 'PathoLearn', args: { isPalette: true } });
    launcher?.add({ command: OPEN, category: 'PathoLearn', rank: 0 });
    void restorer?.restore(tracker, { command: OPEN, name: () => 'datasets' });
  }
};
