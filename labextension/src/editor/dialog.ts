/** A dialog over the page: the browser keeps the keys in it, and gives the focus back at the end. */
import { h } from './dom';

/** Opens it within `root`, so that it has the theme; returns what closes it. */
export function openDialog(root: HTMLElement, title: string, content: readonly (Node | string)[]): () => void {
  const dialog = h('dialog', { class: 'plab-dialog', 'aria-label': title });
  const close = (): void => {
    dialog.close();
  };
  dialog.append(
    h('header', {}, h('h2', {}, title), h('button', { type: 'button', class: 'plab-button', onclick: close }, 'Close')),
    ...content
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    root.focus({ preventScroll: true });
  });
  dialog.addEventListener('keydown', event => {
    event.stopPropagation();
  });
  root.append(dialog);
  dialog.showModal();
  return close;
}
