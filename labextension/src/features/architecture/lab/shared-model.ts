/** The model of an `*.arch.json` file in JupyterLab: a Y document, shared where jupyter-collaboration is installed. */
import { type DocumentChange, type ISharedFile, YDocument } from '@jupyter/ydoc';
import { type DocumentRegistry, TextModelFactory } from '@jupyterlab/docregistry';
import { SharedGraph } from '../../../graph/shared/graph';

export const MODEL = 'architecture';

export class YArchitecture extends YDocument<DocumentChange> {
  /**
   * Of the protocol, not of the file, which has its own. The server keeps one version for all kinds of documents: next
   * to a notebook, another number than the notebook's would end in an endless "version mismatch".
   */
  readonly version = '2.0.0';
  readonly graph = new SharedGraph(this.ydoc);

  constructor() {
    super();
    this.graph.subscribe(isMine => {
      if (isMine) {
        this.dirty = true;
      }
      this._changed.emit({ sourceChange: [] } as DocumentChange);
    });
  }

  getSource(): string {
    return this.graph.text;
  }

  setSource(text: string): void {
    this.graph.text = text;
    this.dirty = false;
  }
}

export class ArchitectureModelFactory extends TextModelFactory {
  override get name(): string {
    return MODEL;
  }

  override get contentType(): string {
    return MODEL;
  }

  override createNew(options: DocumentRegistry.IModelOptions<ISharedFile> = {}): DocumentRegistry.ICodeModel {
    // JupyterLab's model of a text asks its shared model for the text, for changes and for what is not saved: no more.
    const sharedModel = options.sharedModel ?? (new YArchitecture() as unknown as ISharedFile);
    return super.createNew({ ...options, sharedModel });
  }
}

/** The shared model of an open file. */
export function sharedModelOf(context: DocumentRegistry.IContext<DocumentRegistry.ICodeModel>): YArchitecture {
  return context.model.sharedModel as unknown as YArchitecture;
}
