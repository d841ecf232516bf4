/**
 * Everything that can be done in the editor, declared once: keys, menu, key panel and JupyterLab's commands are made of
 * this table.
 */
export interface ActionCard {
  label: string;
  group: 'Edit' | 'Blocks' | 'Arrange' | 'View' | 'Network' | 'Export';
  /** `Mod` is Ctrl, or Cmd on a Mac. A key without `Mod` works on the canvas only. */
  keys: readonly string[];
  /** Whether the key works in the fields beside the canvas too. */
  everywhere?: boolean;
}

const cards = {
  'undo-change': { label: 'Undo', group: 'Edit', keys: ['Mod+Z'], everywhere: true },
  'redo-change': { label: 'Redo', group: 'Edit', keys: ['Mod+Shift+Z', 'Mod+Y'], everywhere: true },
  'cut-selection': { label: 'Cut', group: 'Edit', keys: ['Mod+X'] },
  'copy-selection': { label: 'Copy', group: 'Edit', keys: ['Mod+C'] },
  'paste-nodes': { label: 'Paste', group: 'Edit', keys: ['Mod+V'] },
  'duplicate-selection': { label: 'Duplicate', group: 'Edit', keys: ['Mod+D'] },
  'delete-selection': { label: 'Delete', group: 'Edit', keys: ['Delete', 'Backspace'] },
  'select-all': { label: 'Select all', group: 'Edit', keys: ['Mod+A'] },
  'edit-settings': { label: 'Settings of the selection', group: 'Edit', keys: ['Enter'] },
  'name-node': { label: 'Name the selected layer', group: 'Edit', keys: ['N'] },
  'swap-kind': { label: 'Change the kind of the layer', group: 'Edit', keys: ['K'] },
  'comment-node': { label: 'Comment on the layer', group: 'Edit', keys: ['A'] },
  'group-selection': { label: 'Make a block of the selection', group: 'Blocks', keys: ['Mod+G'] },
  'ungroup-block': { label: 'Dissolve the block', group: 'Blocks', keys: ['Mod+Shift+G'] },
  'open-block': { label: 'Open the block', group: 'Blocks', keys: ['O', 'Mod+Enter'] },
  'leave-block': { label: 'Leave the block', group: 'Blocks', keys: ['U', 'Mod+Backspace'] },
  'tidy-graph': { label: 'Tidy up', group: 'Arrange', keys: ['T'] },
  'layout-right': { label: 'Lay out from left to right', group: 'Arrange', keys: ['Y'] },
  'layout-down': { label: 'Lay out from top to bottom', group: 'Arrange', keys: ['Shift+Y'] },
  'align-column': { label: 'Align in a column', group: 'Arrange', keys: ['C'] },
  'align-row': { label: 'Align in a row', group: 'Arrange', keys: ['R'] },
  'frame-selection': { label: 'Frame the selection', group: 'Arrange', keys: ['G'] },
  'add-remark': { label: 'Add a note', group: 'Arrange', keys: ['M'] },
  'show-all': { label: 'Show all', group: 'View', keys: ['F'] },
  'show-selection': { label: 'Show the selection', group: 'View', keys: ['Shift+F'] },
  'zoom-in': { label: 'Zoom in', group: 'View', keys: ['+'] },
  'zoom-out': { label: 'Zoom out', group: 'View', keys: ['-'] },
  'toggle-map': { label: 'Show or hide the map', group: 'View', keys: ['Shift+M'] },
  'show-costs': { label: 'Memory and receptive field on the layers', group: 'View', keys: ['I'] },
  'list-nodes': { label: 'The network as a list', group: 'View', keys: ['L'] },
  'list-comments': { label: 'Open comments', group: 'View', keys: ['Shift+A'] },
  'find-node': { label: 'Find a node', group: 'View', keys: ['Mod+F'] },
  'add-layer': { label: 'Add a layer', group: 'Network', keys: ['/'] },
  'generate-network': { label: 'Draw a network for a data set', group: 'Network', keys: ['Shift+G'] },
  'show-versions': { label: 'Versions', group: 'Network', keys: ['V'] },
  'show-code': { label: 'Write or show the code', group: 'Network', keys: ['W'] },
  'save-drawing': { label: 'Save', group: 'Network', keys: ['Mod+S'], everywhere: true },
  'show-keys': { label: 'Show the keys', group: 'Network', keys: ['?'] },
  'start-tour': { label: 'Tour of the editor', group: 'Network', keys: ['H'] },
  'export-png': { label: 'Picture as PNG', group: 'Export', keys: ['Shift+P'] },
  'export-svg': { label: 'Picture as SVG', group: 'Export', keys: ['Shift+S'] },
  'export-pdf': { label: 'Picture as PDF', group: 'Export', keys: ['Shift+D'] },
  'copy-code': { label: 'Copy as code', group: 'Export', keys: ['Shift+C'] },
  'open-script': { label: 'Open as a script', group: 'Export', keys: ['Shift+O'] },
  'download-script': { label: 'Download train.py', group: 'Export', keys: ['Shift+T'] },
  'download-notebook': { label: 'Download as a notebook', group: 'Export', keys: ['Shift+N'] }
} as const satisfies Record<string, ActionCard>;

export type ActionId = keyof typeof cards;
export type Actions = Record<ActionId, () => void>;

export const ACTIONS: Readonly<Record<ActionId, ActionCard>> = cards;
export const ACTION_IDS = Object.keys(cards) as ActionId[];
export const GROUPS: readonly ActionCard['group'][] = ['Edit', 'Blocks', 'Arrange', 'View', 'Network', 'Export'];

const byKey = new Map(ACTION_IDS.flatMap(id => ACTIONS[id].keys.map(key => [key, id] as const)));

/** The action of a key; undefined where it has none. */
export function actionOf(event: KeyboardEvent): ActionId | undefined {
  return byKey.get(keyOf(event));
}

/** `Mod+Shift+Z`, `Delete`, `?`. A sign that needs Shift on some keyboards is called by itself. */
function keyOf(event: KeyboardEvent): string {
  const isSign = event.key.length === 1 && event.key.toLowerCase() === event.key.toUpperCase();
  return [
    event.ctrlKey || event.metaKey ? 'Mod' : '',
    event.altKey ? 'Alt' : '',
    event.shiftKey && !isSign ? 'Shift' : '',
    event.key.length === 1 ? event.key.toUpperCase() : event.key
  ]
    .filter(Boolean)
    .join('+');
}

/** How people read a key. */
export function keyText(key: string): string {
  const mod = navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl';
  return key.replace('Mod', mod).replace(/-$/, '−');
}
