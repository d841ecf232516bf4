/** One person's undo in a shared drawing, with what each step was called. */
import * as Y from 'yjs';
import type { Steps } from '../history';
import type { SharedMap } from './tree';

const LABEL = 'label';

export class SharedSteps implements Steps {
  private readonly manager: Y.UndoManager;
  private label = '';
  private mergeKey: string | undefined;

  constructor(parts: SharedMap[]) {
    // Steps are ended by who makes them, never by the clock.
    this.manager = new Y.UndoManager(parts, { trackedOrigins: new Set([this]), captureTimeout: Infinity });
    this.manager.on('stack-item-added', ({ stackItem }: { stackItem: { meta: Map<unknown, unknown> } }) => {
      stackItem.meta.set(LABEL, this.label);
    });
  }

  get undoLabel(): string | undefined {
    return this.manager.undoStack.at(-1)?.meta.get(LABEL) as string | undefined;
  }

  get redoLabel(): string | undefined {
    return this.manager.redoStack.at(-1)?.meta.get(LABEL) as string | undefined;
  }

  /** What is done next is called `label`. */
  begin(label: string, mergeKey?: string): void {
    if (mergeKey === undefined || mergeKey !== this.mergeKey) {
      this.manager.stopCapturing();
    }
    this.label = label;
    this.mergeKey = mergeKey;
  }

  seal(): void {
    this.mergeKey = undefined;
  }

  /** Whether a transaction of that origin is a step made here, or one taken back. */
  isMine(origin: unknown): boolean {
    return origin === this || origin === this.manager;
  }

  undo(): void {
    this.label = this.undoLabel ?? '';
    this.seal();
    this.manager.undo();
  }

  redo(): void {
    this.label = this.redoLabel ?? '';
    this.seal();
    this.manager.redo();
  }
}
