/** Every action of the editor as a command, for the palette and for people's own keys. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ACTION_IDS, ACTIONS } from '../../../editor/actions';

const CATEGORY = 'PathoLearn: drawing';

/** Commands for the editor that was worked in last, in a tab or in a notebook. */
export const editorCommands: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:editor-commands',
  description: 'Puts the actions of the graph editor into the command palette.',
  autoStart: true,
  optional: [ICommandPalette],
  activate: ({ commands }: JupyterFrontEnd, palette: ICommandPalette | null) => {
    let last: HTMLElement | undefined;
    const current = (): HTMLElement | undefined => (last?.isConnected && last.offsetParent ? last : undefined);
    document.addEventListener('focusin', event => {
      last = (event.target as Element | null)?.closest<HTMLElement>('.plab-editor') ?? last;
    });
    for (const id of ACTION_IDS) {
      const command = `patholearn:${id}`;
      commands.addCommand(command, {
        label: `Drawing: ${ACTIONS[id].label}`,
        isEnabled: () => current() !== undefined,
        describedBy: { args: { type: 'object', properties: {} } },
        execute: () => {
          const editor = current();
          editor?.focus({ preventScroll: true });
          editor?.dispatchEvent(new CustomEvent('patholearn:do', { detail: id }));
        }
      });
      palette?.addItem({ command, category: CATEGORY });
    }
  }
};
