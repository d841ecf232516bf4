/** The store of a shared drawing: what one person does is one transaction, and undo takes back one's own steps only. */
import type * as Y from 'yjs';
import type { GraphDocument, Operation } from '../../generated';
import type { FileProblem } from '../file';
import type { EditableGraph } from '../interior';
import { apply } from '../operations';
import { SharedContent } from './content';
import { SharedSteps } from './steps';

const FRAME_MS = 16;

export class SharedGraph implements EditableGraph {
  readonly history: SharedSteps;
  private readonly content: SharedContent;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<(isMine: boolean) => void>();

  constructor(ydoc: Y.Doc) {
    this.content = new SharedContent(ydoc, origin => {
      if (this.history.isMine(origin)) {
        this.notify(true);
      } else {
        // Others may send a hundred changes a second: they are drawn together.
        this.waiting ??= setTimeout(() => {
          this.notify(false);
        }, FRAME_MS);
      }
    });
    const { maps } = this.content;
    this.history = new SharedSteps(Object.values(maps).filter(map => map !== maps.file));
  }

  get document(): GraphDocument {
    return this.content.document;
  }

  /** Why the file's text is no architecture. */
  get problem(): FileProblem | undefined {
    return this.content.problem;
  }

  /** The text of the file. */
  get text(): string {
    return this.content.text;
  }

  set text(text: string) {
    this.content.takeText(text);
  }

  /**
   * Calls back after every change, with whether it was made here; returns what ends that. What others do within one
   * frame is told once.
   */
  subscribe(listener: (isMine: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Does one undo step. With a merge key it becomes part of the step before, if that has the same one. */
  dispatch(operations: Operation[], label: string, mergeKey?: string): void {
    const wanted = apply(this.document, operations);
    if (wanted !== this.document) {
      this.history.begin(label, mergeKey);
      this.content.change(wanted, this.history);
    }
  }

  undo(): void {
    this.history.undo();
  }

  redo(): void {
    this.history.redo();
  }

  private notify(isMine: boolean): void {
    clearTimeout(this.waiting);
    this.waiting = undefined;
    for (const listener of [...this.listeners]) {
      listener(isMine);
    }
  }
}
