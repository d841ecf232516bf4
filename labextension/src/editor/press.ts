/** Hides what is shown over the canvas as soon as somebody presses anywhere else. */
export function hideAtPress(root: HTMLElement, shown: readonly { element: HTMLElement; hide: () => void }[]): void {
  root.addEventListener('pointerdown', event => {
    for (const one of shown.filter(({ element }) => !element.contains(event.target as Node))) {
      one.hide();
    }
  });
}

/** The page scrolls on over a canvas that nobody works in. */
export function letPageScroll(root: HTMLElement, canvas: HTMLElement): void {
  const onWheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !root.contains(document.activeElement)) {
      event.stopPropagation();
    }
  };
  canvas.addEventListener('wheel', onWheel, { capture: true });
}

/** Whether somebody presses the pointer within an element just now. */
export class Press {
  isDown = false;
  private readonly end = new AbortController();

  constructor(element: HTMLElement, onRelease: () => void) {
    const { signal } = this.end;
    const onDown = (): void => {
      this.isDown = true;
    };
    const onUp = (): void => {
      if (this.isDown) {
        this.isDown = false;
        onRelease();
      }
    };
    element.addEventListener('pointerdown', onDown, { capture: true, signal });
    window.addEventListener('pointerup', onUp, { signal });
    window.addEventListener('pointercancel', onUp, { signal });
  }

  dispose(): void {
    this.end.abort();
  }
}
