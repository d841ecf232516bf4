/** The panel that lists the keys. */
import { ACTION_IDS, ACTIONS, type ActionId, GROUPS, keyText } from './actions';
import { h } from './dom';

/** Shows every action with its keys, over the editor. */
export function showKeyPanel(root: HTMLElement): void {
  root.querySelector('.plab-key-panel')?.remove();
  const close = (): void => {
    panel.remove();
    root.focus({ preventScroll: true });
  };
  const row = (id: ActionId): HTMLElement[] => [
    h('dt', {}, ACTIONS[id].label),
    h('dd', {}, ...ACTIONS[id].keys.map(key => h('kbd', {}, keyText(key))))
  ];
  const more: [string, string][] = [
    ['Arrows', 'Go to the next layer'],
    ['Alt + arrows', 'Move the selection'],
    ['Shift + drag', 'Select with a box'],
    ['Shift + click', 'Add to the selection'],
    ['Escape', 'Clear the selection, leave the block']
  ];
  const panel = h(
    'section',
    { class: 'plab-key-panel', role: 'dialog', 'aria-label': 'Keys', tabindex: -1 },
    h(
      'header',
      {},
      h('h2', {}, 'Keys'),
      h('button', { type: 'button', class: 'plab-button', onclick: close }, 'Close')
    ),
    h(
      'div',
      { class: 'plab-key-groups' },
      ...GROUPS.map(group =>
        h(
          'section',
          {},
          h('h3', {}, group),
          h('dl', {}, ...ACTION_IDS.filter(id => ACTIONS[id].group === group).flatMap(row))
        )
      ),
      h(
        'section',
        {},
        h('h3', {}, 'On the canvas'),
        h('dl', {}, ...more.flatMap(([key, label]) => [h('dt', {}, label), h('dd', {}, h('kbd', {}, key))]))
      )
    )
  );
  panel.addEventListener('keydown', event => {
    if (event.key === 'Escape') {
      close();
    }
  });
  root.append(panel);
  panel.focus({ preventScroll: true });
}
