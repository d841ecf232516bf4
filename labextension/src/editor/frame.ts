/** Work that is shown: done once at the next frame, however often it is asked for until then. */
export class Frame {
  private handle: number | undefined;

  constructor(private readonly work: () => void) {}

  request(): void {
    this.handle ??= requestAnimationFrame(() => {
      this.flush();
    });
  }

  /** Does now what waits for the frame; nothing where nothing waits. */
  flush(): void {
    if (this.handle !== undefined) {
      this.cancel();
      this.work();
    }
  }

  cancel(): void {
    if (this.handle !== undefined) {
      cancelAnimationFrame(this.handle);
      this.handle = undefined;
    }
  }
}
