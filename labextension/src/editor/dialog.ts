/** A dialog over the page: the browser keeps the keys in it, and gives the focus back at the end. */
import { h } from './dom';

/** Opens it within `root`, so that it has the theme; returns what closes it, and does something then. */
export function openDialog(
  root: HTMLElement,
  title: string,
  content: readonly (Node | string)[]
): (then?: () => void) => void {
  const dialog = h('dialog', { class: 'plab-dialog', 'aria-label': title });
  let after: (() => void) | undefined;
  const close = (then?: () => void): void => {
    after = then;
    dialog.close();
  };
  const onclick = (): void => {
    close();
  };
  dialog.append(
    h(
      'header',
      { role: 'presentation' },
      h('h2', {}, title),
      h('button', { type: 'button', class: 'plab-button', onclick }, 'Close')
    ),
    ...content
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    root.focus({ preventScroll: true });
    after?.();
  });
  dialog.addEventListener('keydown', event => {
    event.stopPropagation();
  });
  root.append(dialog);
  dialog.showModal();
  return close;
}
