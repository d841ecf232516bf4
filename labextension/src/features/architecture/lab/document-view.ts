/** The tab of an `*.arch.json` file. */
import { Notification } from '@jupyterlab/apputils';
import { ABCWidgetFactory, type DocumentRegistry, DocumentWidget } from '@jupyterlab/docregistry';
import type { Contents, User } from '@jupyterlab/services';
import { Widget } from '@lumino/widgets';
import { errorText, type PatholearnApi } from '../../../api';
import type { Author } from '../../../graph';
import type { ArchitectureEditor } from '../../../editor';
import type { Catalog } from '../../../generated';
import { LockableGraph } from '../../../graph/lockable';
import type { SharedGraph } from '../../../graph/shared/graph';
import { Drawing } from './drawing';
import { sharedModelOf } from './shared-model';

type Context = DocumentRegistry.IContext<DocumentRegistry.ICodeModel>;

/** How often the disk is asked whether somebody else wrote the file. */
const LOOK_MS = 2000;

export class ArchitectureView extends Widget {
  private editor: ArchitectureEditor | undefined;
  private drawing: Drawing | undefined;
  private readonly message = document.createElement('div');
  private timer: ReturnType<typeof setInterval> | undefined;
  private isLooking = false;
  /** Makes the editor, once its code is loaded. */
  private make: (graph: SharedGraph) => void = () => undefined;
  private stop: () => void = () => undefined;
  private lockable: LockableGraph | undefined;

  constructor(
    private readonly context: Context,
    private readonly api: PatholearnApi,
    private readonly catalog: () => Promise<Catalog>,
    private readonly contents: Contents.IManager,
    private readonly user: User.IManager
  ) {
    super();
    this.addClass('plab-document');
    this.message.className = 'plab-document-message';
    this.message.hidden = true;
    this.message.setAttribute('role', 'alert');
    this.node.append(this.message);
    this.node.addEventListener('patholearn:save-notebook', event => {
      event.preventDefault();
      context.save().catch((reason: unknown) => {
        Notification.error(`${context.path} cannot be saved: ${errorText(reason).message}`);
      });
    });
    context.ready.then(() => this.open()).catch(this.fail);
  }

  /** The editor; undefined as long as the file is being read, or is no architecture. */
  get graphEditor(): ArchitectureEditor | undefined {
    return this.editor;
  }

  /** Whether the drawing is only shown: because somebody asked for that, or because the file cannot be written. */
  get isReadOnly(): boolean {
    return this.lockable?.isLocked ?? false;
  }

  setReadOnly(isReadOnly: boolean): void {
    if (this.lockable && this.editor) {
      this.lockable.isLocked = isReadOnly || this.context.contentsModel?.writable === false;
      this.editor.root.classList.toggle('plab-read-only', this.isReadOnly);
      for (const part of this.editor.root.querySelectorAll<HTMLElement>('.plab-palette, .plab-inspector')) {
        part.inert = this.isReadOnly;
      }
      this.lockable.refresh();
    }
  }

  override dispose(): void {
    clearInterval(this.timer);
    this.stop();
    this.editor?.dispose();
    super.dispose();
  }

  protected override onActivateRequest(): void {
    (this.editor?.root ?? this.node).focus({ preventScroll: true });
  }

  private async open(): Promise<void> {
    const [{ ArchitectureEditor, EditorSession, Room }, catalog] = await Promise.all([
      import('../../../editor'),
      this.catalog(),
      this.user.ready
    ]);
    if (this.isDisposed) {
      return;
    }
    this.drawing = Drawing.of(this.context);
    const room = this.context.model.collaborative ? new Room(sharedModelOf(this.context).awareness) : undefined;
    this.make = graph => {
      this.lockable = new LockableGraph(graph, () => {
        Notification.info(`${this.context.path} is only shown here. Choose “Drawing: Look only” again to change it.`, {
          autoClose: 5000
        });
      });
      const session = new EditorSession(this.lockable, room, authorOf(this.user));
      this.editor = new ArchitectureEditor(this.node, { session, catalog, api: this.api });
      this.setReadOnly(this.context.contentsModel?.writable === false);
    };
    this.stop = this.drawing.graph.subscribe(() => {
      this.refresh();
    });
    this.refresh();
    this.timer = setInterval(() => {
      void this.look();
    }, LOOK_MS);
  }

  private refresh(): void {
    const graph = this.drawing?.graph;
    const problem = graph?.problem;
    if (graph && !problem && !this.editor) {
      this.make(graph);
    }
    this.tell(problem ? `${problem.message} ${problem.hint}` : '');
  }

  private tell(text: string): void {
    this.message.textContent = text;
    this.message.hidden = text === '';
    if (this.editor) {
      this.editor.root.inert = text !== '';
    }
  }

  private readonly fail = (reason: unknown): void => {
    const { message, hint } = errorText(reason);
    this.tell(`The editor cannot be opened: ${message} ${hint}`);
  };

  /** Somebody else may have written the file: the editor of a notebook, another browser. */
  private async look(): Promise<void> {
    if (
      this.isLooking ||
      !this.isVisible ||
      document.visibilityState !== 'visible' ||
      this.context.model.collaborative
    ) {
      return;
    }
    this.isLooking = true;
    try {
      const { last_modified: there } = await this.contents.get(this.context.path, { content: false });
      const known = this.context.contentsModel?.last_modified;
      if (known !== undefined && Date.parse(there) > Date.parse(known) && (await this.drawing?.reload())) {
        Notification.info(`${this.context.path} was changed elsewhere too. Both changes are in the drawing now.`, {
          autoClose: 6000
        });
      }
    } catch (reason) {
      // The file was deleted, or the server is away: saving will say so.
      console.debug('PathoLearn Lab: the file could not be looked at', reason);
    } finally {
      this.isLooking = false;
    }
  }
}

/** Who the server says is working here. */
function authorOf({ identity }: User.IManager): Author {
  return { name: identity?.display_name ?? identity?.name ?? '', account: identity?.username ?? '' };
}

export interface ArchitectureFactoryOptions extends DocumentRegistry.IWidgetFactoryOptions {
  api: PatholearnApi;
  contents: Contents.IManager;
  user: User.IManager;
}

export class ArchitectureFactory extends ABCWidgetFactory<
  DocumentWidget<ArchitectureView, DocumentRegistry.ICodeModel>,
  DocumentRegistry.ICodeModel
> {
  private catalog: Promise<Catalog> | undefined;

  constructor(private readonly parts: ArchitectureFactoryOptions) {
    super(parts);
  }

  protected createNewWidget(context: Context): DocumentWidget<ArchitectureView, DocumentRegistry.ICodeModel> {
    const { api, contents, user } = this.parts;
    const content = new ArchitectureView(context, api, () => this.kinds(), contents, user);
    const widget = new DocumentWidget({ content, context });
    widget.toolbar.hide();
    return widget;
  }

  /** The catalogue, asked for once; after a failure again. */
  private kinds(): Promise<Catalog> {
    this.catalog ??= this.parts.api.architectures.catalog().catch((reason: unknown) => {
      this.catalog = undefined;
      throw reason;
    });
    return this.catalog;
  }
}
