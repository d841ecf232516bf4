/** Dragging an element with the mouse, a pen or a finger. */
export interface DragActions {
  /** How far since the last move, in CSS px of the window. */
  onMove: (dx: number, dy: number) => void;
  onEnd: () => void;
}

/** Lets an element be dragged; buttons and fields in it keep their own presses. */
export function dragBy(element: HTMLElement, { onMove, onEnd }: DragActions): void {
  element.addEventListener('pointerdown', down => {
    if (down.button !== 0 || (down.target as Element).closest('button, input, select, textarea')) {
      return;
    }
    down.preventDefault();
    element.setPointerCapture(down.pointerId);
    let [x, y] = [down.clientX, down.clientY];
    const move = (event: PointerEvent): void => {
      onMove(event.clientX - x, event.clientY - y);
      [x, y] = [event.clientX, event.clientY];
    };
    const end = (): void => {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', end);
      element.removeEventListener('pointercancel', end);
      onEnd();
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', end);
    element.addEventListener('pointercancel', end);
  });
}
