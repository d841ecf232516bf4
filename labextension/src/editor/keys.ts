/** The editor's keys. None of them reaches the notebook around it. */
import { ACTIONS, actionOf, type ActionId } from './actions';
import { isField } from './dom';

export interface KeyActions {
  run: (action: ActionId) => void;
  clearSelection: () => void;
  step: (direction: Direction) => void;
  nudge: (dx: number, dy: number) => void;
}

export type Direction = 'up' | 'down' | 'left' | 'right';

const ARROWS: Record<string, [Direction, number, number]> = {
  ArrowUp: ['up', 0, -1],
  ArrowDown: ['down', 0, 1],
  ArrowLeft: ['left', -1, 0],
  ArrowRight: ['right', 1, 0]
};
const NUDGE_PX = 20;
/** The browser makes events of these that bring the clipboard along. */
const BY_CLIPBOARD: readonly ActionId[] = ['cut-selection', 'copy-selection', 'paste-nodes'];

/** Listens at the editor's root. */
export function listenToKeys(root: HTMLElement, canvas: HTMLElement, actions: KeyActions): void {
  root.addEventListener('keydown', event => {
    event.stopPropagation();
    if (event.isComposing || event.defaultPrevented) {
      return;
    }
    const onCanvas = event.target === root || (canvas.contains(event.target as Node) && !isField(event.target));
    const action = actionOf(event);
    if (action !== undefined && (onCanvas || ACTIONS[action].everywhere)) {
      if (!BY_CLIPBOARD.includes(action)) {
        event.preventDefault();
        actions.run(action);
      }
    } else if (onCanvas && !event.ctrlKey && !event.metaKey && plain(event, actions)) {
      event.preventDefault();
    }
  });
  for (const name of ['keyup', 'keypress']) {
    root.addEventListener(name, event => {
      event.stopPropagation();
    });
  }
}

function plain(event: KeyboardEvent, actions: KeyActions): boolean {
  const arrow = ARROWS[event.key];
  if (arrow) {
    const [direction, dx, dy] = arrow;
    if (event.altKey) {
      actions.nudge(dx * NUDGE_PX, dy * NUDGE_PX);
    } else {
      actions.step(direction);
    }
  } else if (event.key === 'Escape') {
    actions.clearSelection();
  }
  return arrow !== undefined || event.key === 'Escape';
}
