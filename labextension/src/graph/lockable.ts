/** A graph that can be shown without being changed: it goes on following what others do. */
import type { GraphDocument, Operation } from '../generated';
import type { Steps } from './history';
import type { EditableGraph } from './interior';

export class LockableGraph implements EditableGraph {
  isLocked = false;
  private readonly listeners = new Set<(isMine: boolean) => void>();

  /** `onRefused` is called where somebody tried to change it while it was locked. */
  constructor(
    private readonly graph: EditableGraph,
    private readonly onRefused: () => void
  ) {}

  get document(): GraphDocument {
    return this.graph.document;
  }

  get history(): Steps {
    return this.isLocked ? NOTHING_TO_UNDO : this.graph.history;
  }

  subscribe(listener: (isMine: boolean) => void): () => void {
    this.listeners.add(listener);
    const stop = this.graph.subscribe(listener);
    return () => {
      this.listeners.delete(listener);
      stop();
    };
  }

  dispatch(operations: Operation[], label: string, mergeKey?: string): void {
    this.unlessLocked(() => {
      this.graph.dispatch(operations, label, mergeKey);
    });
  }

  undo(): void {
    this.unlessLocked(() => {
      this.graph.undo();
    });
  }

  redo(): void {
    this.unlessLocked(() => {
      this.graph.redo();
    });
  }

  /** Tells the views to show again what the graph has: a card that was dragged in vain goes back. */
  refresh(): void {
    for (const listener of [...this.listeners]) {
      listener(true);
    }
  }

  private unlessLocked(act: () => void): void {
    if (this.isLocked) {
      this.onRefused();
      this.refresh();
    } else {
      act();
    }
  }
}

const NOTHING_TO_UNDO: Steps = { undoLabel: undefined, redoLabel: undefined, seal: () => undefined };
