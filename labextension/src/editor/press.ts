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
