/** The document that all views of one graph share, with its history. It lives outside views: they come and go. */
import type { GraphDocument, Operation } from '../generated';
import { History } from './history';
import { apply } from './operations';

/** Carries operations to where the document is kept (a kernel, a shared session). */
export type Send = (operations: Operation[]) => void;

export class GraphStore {
  readonly history = new History();
  private readonly listeners = new Set<(isMine: boolean) => void>();
  /** The document as the keeper confirmed it, and what was sent since: others' changes go in between. */
  private confirmed: GraphDocument;
  private pending: Operation[][] = [];
  private current: GraphDocument;

  constructor(
    document: GraphDocument,
    private readonly send?: Send
  ) {
    this.confirmed = document;
    this.current = document;
  }

  get document(): GraphDocument {
    return this.current;
  }

  /** Calls back after every change; returns what ends that. Who draws from Python draws here too. */
  subscribe(listener: (isMine: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Does one undo step. With a merge key it becomes part of the step before, if that has the same one. */
  dispatch(operations: Operation[], label: string, mergeKey?: string): void {
    if (operations.length > 0) {
      this.history.record(this.current, operations, label, mergeKey);
      this.change(operations);
    }
  }

  undo(): void {
    this.change(this.history.undo() ?? []);
  }

  redo(): void {
    this.change(this.history.redo() ?? []);
  }

  /** The keeper applied operations: the oldest of ours (`own`), or somebody else's. */
  confirm(operations: Operation[], own: boolean): void {
    this.confirmed = apply(this.confirmed, operations);
    if (own) {
      this.pending.shift();
    }
    this.current = this.pending.reduce(apply, this.confirmed);
    this.notify();
  }

  /** The keeper has another document now (changed from Python). What was sent and is not confirmed yet stays on top. */
  adopt(document: GraphDocument): void {
    this.confirmed = document;
    this.current = this.pending.reduce(apply, this.confirmed);
    this.notify();
  }

  /** The keeper did not take the oldest of ours. */
  refuse(): void {
    this.pending.shift();
  }

  private change(operations: Operation[]): void {
    if (operations.length === 0) {
      return;
    }
    this.current = apply(this.current, operations);
    if (this.send) {
      this.pending.push(operations);
      this.send(operations);
    } else {
      this.confirmed = this.current;
    }
    this.notify();
  }

  private notify(): void {
    for (const listener of [...this.listeners]) {
      listener(true);
    }
  }
}
