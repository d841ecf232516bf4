/** The editor's keys. None of them reaches the notebook around it. */
import { askHost } from './host-events';

export interface KeyActions {
  undo: () => void;
  redo: () => void;
  remove: () => void;
  selectAll: () => void;
  clearSelection: () => void;
  open: () => void;
  step: (direction: Direction) => void;
  nudge: (dx: number, dy: number) => void;
  search: () => void;
  tidy: () => void;
  fit: () => void;
  zoomIn: () => void;
  zoomOut: () => void;
}

export type Direction = 'up' | 'down' | 'left' | 'right';

const ARROWS: Record<string, [Direction, number, number]> = {
  ArrowUp: ['up', 0, -1],
  ArrowDown: ['down', 0, 1],
  ArrowLeft: ['left', -1, 0],
  ArrowRight: ['right', 1, 0]
};
const NUDGE_PX = 20;

/** Listens at the editor's root. */
export function listenToKeys(root: HTMLElement, canvas: HTMLElement, actions: KeyActions): void {
  root.addEventListener('keydown', event => {
    event.stopPropagation();
    if (event.isComposing || event.defaultPrevented) {
      return;
    }
    const onCanvas = event.target === root || canvas.contains(event.target as Node);
    if (
      withControl(event, actions, onCanvas) ||
      (onCanvas && !event.ctrlKey && !event.metaKey && plain(event, actions))
    ) {
      event.preventDefault();
    }
  });
  for (const name of ['keyup', 'keypress', 'paste', 'copy', 'cut']) {
    root.addEventListener(name, event => {
      event.stopPropagation();
    });
  }
}

function withControl(event: KeyboardEvent, actions: KeyActions, onCanvas: boolean): boolean {
  if (!(event.ctrlKey || event.metaKey)) {
    return false;
  }
  const key = event.key.toLowerCase();
  if (key === 'z' && !event.shiftKey) {
    actions.undo();
  } else if (key === 'z' || key === 'y') {
    actions.redo();
  } else if (key === 's') {
    askHost(event.currentTarget as HTMLElement, 'patholearn:save-notebook', {});
  } else if (key === 'a' && onCanvas) {
    actions.selectAll();
  } else {
    return false;
  }
  return true;
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
    return true;
  }
  const keys: Record<string, () => void> = {
    Delete: actions.remove,
    Backspace: actions.remove,
    Escape: actions.clearSelection,
    Enter: actions.open,
    '/': actions.search,
    t: actions.tidy,
    f: actions.fit,
    '+': actions.zoomIn,
    '-': actions.zoomOut
  };
  const action = event.altKey ? undefined : keys[event.key];
  action?.();
  return action !== undefined;
}
