/** The drawing in an open file: the same one for all tabs that show it. */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { operationsBetween } from '../../../graph';
import type { GraphDocument } from '../../../generated';
import type { SharedGraph } from '../../../graph/shared/graph';
import { sharedModelOf } from './shared-model';

type Context = DocumentRegistry.IContext<DocumentRegistry.ICodeModel>;

const drawings = new WeakMap<Context, Drawing>();

export class Drawing {
  readonly graph: SharedGraph;
  /** What the file on the disk held when it was last read or written here. */
  private kept: GraphDocument;

  private constructor(private readonly context: Context) {
    this.graph = sharedModelOf(context).graph;
    this.kept = this.graph.document;
    context.saveState.connect((_, state) => {
      if (state === 'completed') {
        this.kept = this.graph.document;
      }
    });
  }

  /** The drawing of a file that has been read. */
  static of(context: Context): Drawing {
    const known = drawings.get(context) ?? new Drawing(context);
    drawings.set(context, known);
    return known;
  }

  /**
   * Takes in what somebody else wrote into the file, and puts what was changed here on top of it; returns whether there
   * was something to put there.
   */
  async reload(): Promise<boolean> {
    const mine = this.context.model.dirty ? operationsBetween(this.kept, this.graph.document) : [];
    await this.context.revert();
    this.kept = this.graph.document;
    this.graph.dispatch(mine, 'Change here what was changed elsewhere');
    return mine.length > 0;
  }
}
