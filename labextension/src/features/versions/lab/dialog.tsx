/** The history of a drawing, in a dialog over its editor. */
import type { PatholearnApi } from '../../../api';
import { openDialog } from '../../../editor/dialog';
import { h } from '../../../editor/dom';
import { askHost, type ShowVersionsDetail } from '../../../editor/host-events';
import { mount } from '../../../elements';
import { History } from '../components/history';

/** `showRuns` opens the tab of runs with those of a version. */
export function openVersions(
  editor: HTMLElement,
  api: PatholearnApi,
  { document, restore }: ShowVersionsDetail,
  showRuns: (runs: string[]) => void
): void {
  const element = h('div', { class: 'plab-history' });
  const close = openDialog(editor, `Versions of ${document().meta.name || 'this drawing'}`, [element]);
  const unmount = mount(
    element,
    <History
      api={api}
      document={document}
      onRestore={(version, title) => {
        close(() => {
          restore(version, title);
        });
      }}
      onFork={made => {
        close(() => {
          askHost(editor, 'patholearn:open-drawing', { document: made });
        });
      }}
      onRuns={runs => {
        close(() => {
          showRuns(runs);
        });
      }}
    />
  );
  element.closest('dialog')?.addEventListener('close', unmount);
}
