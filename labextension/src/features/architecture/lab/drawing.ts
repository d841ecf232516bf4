/** The drawing in an open file: one store for all tabs that show it, in step with the file's text. */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { type ISignal, Signal } from '@lumino/signaling';
import { FileProblem, GraphStore, operationsBetween, readDocument, writeDocument } from '../../../graph';
import type { GraphDocument } from '../../../generated';
import { updateText } from './shared-text';

type Context = DocumentRegistry.IContext<DocumentRegistry.ICodeModel>;

const drawings = new WeakMap<Context, Drawing>();

export class Drawing {
  /** Undefined until the file was read, and where it never was an architecture. */
  store: GraphStore | undefined;
  /** Why the text is no architecture just now. */
  problem: FileProblem | undefined;
  private readonly changes = new Signal<this, void>(this);
  private isWriting = false;
  /** What the file on the disk held when it was last read or written here. */
  private kept: GraphDocument | undefined;

  private constructor(private readonly context: Context) {
    this.read();
    context.model.contentChanged.connect(() => {
      this.read();
    });
    context.saveState.connect((_, state) => {
      if (state === 'completed') {
        this.kept = this.store?.document;
      }
    });
    this.kept = this.store?.document;
  }

  /** The drawing of a file that has been read. */
  static of(context: Context): Drawing {
    const known = drawings.get(context) ?? new Drawing(context);
    drawings.set(context, known);
    return known;
  }

  /** Told when the text became an architecture or ceased to be one. */
  get changed(): ISignal<this, void> {
    return this.changes;
  }

  /**
   * Takes in what somebody else wrote into the file, and puts what was changed here on top of it; returns whether there
   * was something to put there.
   */
  async reload(): Promise<boolean> {
    const { kept } = this;
    const mine = this.context.model.dirty && kept && this.store ? operationsBetween(kept, this.store.document) : [];
    await this.context.revert();
    this.kept = this.store?.document;
    this.store?.dispatch(mine, 'Change here what was changed elsewhere');
    return mine.length > 0;
  }

  private read(): void {
    if (this.isWriting) {
      return;
    }
    try {
      const document = readDocument(this.context.model.sharedModel.getSource());
      if (!this.store) {
        this.store = new GraphStore(document);
        this.store.subscribe(() => {
          this.write();
        });
      } else if (operationsBetween(this.store.document, document).length > 0) {
        this.isWriting = true;
        this.store.adopt(document);
        this.isWriting = false;
      }
      this.problem = undefined;
    } catch (reason) {
      if (!(reason instanceof FileProblem)) {
        throw reason;
      }
      this.problem = reason;
    }
    this.changes.emit();
  }

  private write(): void {
    if (this.isWriting || !this.store) {
      return;
    }
    this.isWriting = true;
    updateText(this.context.model.sharedModel, writeDocument(this.store.document));
    this.isWriting = false;
  }
}
