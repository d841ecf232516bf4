/** Undo and redo. Steps are operations, not copies of documents, so that they survive what others change meanwhile. */
import type { GraphDocument, Operation } from '../generated';
import { invert } from './operations';

interface Step {
  label: string;
  operations: Operation[];
  inverse: Operation[];
  /** Steps with the same key that follow each other are one: the letters typed into one field. */
  mergeKey: string | undefined;
}

/** What an editor shows of a history, and how it ends a step. */
export interface Steps {
  /** What undo would take back, in words; undefined where there is nothing. */
  readonly undoLabel: string | undefined;
  readonly redoLabel: string | undefined;
  /** The next step begins anew, even with the same merge key: the field was left. */
  seal(): void;
}

const LONGEST = 500;

export class History implements Steps {
  private readonly done: Step[] = [];
  private readonly undone: Step[] = [];

  get undoLabel(): string | undefined {
    return this.done.at(-1)?.label;
  }

  get redoLabel(): string | undefined {
    return this.undone.at(-1)?.label;
  }

  /** Remembers operations that are about to be applied to `document`. */
  record(document: GraphDocument, operations: Operation[], label: string, mergeKey?: string): void {
    const inverse = invert(document, operations);
    const last = this.done.at(-1);
    this.undone.length = 0;
    if (last && mergeKey !== undefined && last.mergeKey === mergeKey) {
      last.operations = [...last.operations, ...operations];
      last.inverse = [...inverse, ...last.inverse];
      return;
    }
    this.done.push({ label, operations, inverse, mergeKey });
    if (this.done.length > LONGEST) {
      this.done.shift();
    }
  }

  seal(): void {
    const last = this.done.at(-1);
    if (last) {
      last.mergeKey = undefined;
    }
  }

  /** The operations that take the last step back, or undefined. */
  undo(): Operation[] | undefined {
    const step = this.done.pop();
    if (step) {
      step.mergeKey = undefined;
      this.undone.push(step);
    }
    return step?.inverse;
  }

  redo(): Operation[] | undefined {
    const step = this.undone.pop();
    if (step) {
      this.done.push(step);
    }
    return step?.operations;
  }
}
