/** The store of a shared drawing: what one person does is one transaction, and undo takes back one's own steps only. */
import type * as Y from 'yjs';
import type { GraphDocument, Operation } from '../../generated';
import type { FileProblem } from '../file';
import type { EditableGraph } from '../interior';
import { apply } from '../operations';
import { SharedContent } from './content';
import { SharedSteps } from './steps';

export class SharedGraph implements EditableGraph {
  readonly history: SharedSteps;
  private readonly content: SharedContent;
  private readonly listeners = new Set<(isMine: boolean) => void>();

  constructor(ydoc: Y.Doc) {
    this.content = new SharedContent(ydoc, origin => {
      for (const listener of [...this.listeners]) {
        listener(this.history.isMine(origin));
      }
    });
    const { nodes, edges, blocks, frames, remarks, meta } = this.content.maps;
    this.history = new SharedSteps([nodes, edges, blocks, frames, remarks, meta]);
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

  /** Calls back after every change, with whether it was made here; returns what ends that. */
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
}
