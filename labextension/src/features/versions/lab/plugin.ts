import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { errorText, type PatholearnApi } from '../../../api';
import type { ShowVersionsDetail } from '../../../editor/host-events';
import { IPatholearnApi } from '../../../tokens';
import { SHOW as SHOW_RUNS } from '../../runs/lab/plugin';

/** The history of a drawing, for editors in tabs and in notebooks: they ask for it by a DOM event. */
export const versionsPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:versions',
  description: 'Shows the versions of a drawing: saves, compares, restores and forks them.',
  autoStart: true,
  requires: [IPatholearnApi],
  activate: ({ commands }: JupyterFrontEnd, api: PatholearnApi) => {
    document.addEventListener('patholearn:show-versions', event => {
      event.preventDefault();
      const detail = (event as CustomEvent<ShowVersionsDetail>).detail;
      const showRuns = (runs: string[]): void => {
        void commands.execute(SHOW_RUNS, { runs });
      };
      import('./dialog')
        .then(({ openVersions }) => {
          openVersions(event.target as HTMLElement, api, detail, showRuns);
        })
        .catch((reason: unknown) => showErrorMessage('The versions cannot be shown', errorText(reason).message));
    });
  }
};
