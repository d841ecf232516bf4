/** What stands on the canvas beside the network, and what is made of the whole: frames, notes, the map, pictures, code. */
import type { PatholearnApi } from '../api';
import type { Catalog, GraphDocument, Operation } from '../generated';
import { addRemark, frameNodes, operationsBetween } from '../graph';
import type { Actions } from './actions';
import { Annotations } from './annotations';
import type { GraphCanvas } from './canvas';
import { watchComments } from './comments/arrivals';
import { exporting } from './exporting';
import { factsLine } from './format';
import { openGenerator } from './generating';
import { askHost } from './host-events';
import { checkInside } from './inner-check';
import { Minimap } from './minimap';
import { openList } from './node-list';
import { showPeople } from './people/people';
import { RunValues } from './run-values';
import type { EditorSession, Selection } from './session';
import { Tour } from './tour';

/** What the editor asks for. */
export type EditorApi = Pick<PatholearnApi, 'architectures' | 'datasets' | 'jobs' | 'events'>;

export interface ExtrasParts {
  root: HTMLElement;
  session: EditorSession;
  canvas: GraphCanvas;
  catalog: Catalog;
  api: EditorApi;
  select: (selection: Selection) => void;
  /** Something on the cards is another. */
  refresh: () => void;
  tell: (message: string) => void;
  announce: (text: string) => void;
  focus: () => void;
}

type Own =
  | 'frame-selection'
  | 'add-remark'
  | 'toggle-map'
  | 'show-costs'
  | 'list-nodes'
  | 'generate-network'
  | 'show-versions'
  | 'start-tour';
export type ExtraActions = Pick<Actions, Own> & ReturnType<typeof exporting>;

export class Extras {
  readonly actions: ExtraActions;
  private readonly annotations: Annotations;
  private readonly minimap: Minimap;
  private readonly tour: Tour;
  private readonly run: RunValues;
  private showsCosts = false;
  private readonly hear: (document: GraphDocument) => void;

  constructor(private readonly parts: ExtrasParts) {
    const { session, canvas, focus } = parts;
    this.minimap = new Minimap(canvas);
    canvas.element.append(this.minimap.element);
    this.annotations = new Annotations({ session, canvas, change: this.change, leave: focus });
    canvas.element.addEventListener('plab:painted', () => {
      this.annotations.place();
      this.minimap.paint();
    });
    if (session.room) {
      canvas.ends.push(showPeople({ ...parts, room: session.room }));
    }
    this.actions = {
      'frame-selection': () => {
        const { id, operations } = frameNodes(session.store.document, [...canvas.selection.nodes]);
        this.put(id, operations, 'Frame the selection');
      },
      'add-remark': () => {
        const beside = session.store.document.nodes[[...canvas.selection.nodes].at(-1) ?? ''];
        const { id, operations } = addRemark(session.store.document, beside, canvas.pointer ?? canvas.center);
        this.put(id, operations, 'Add a note');
      },
      'toggle-map': () => {
        this.minimap.toggle();
      },
      'show-costs': () => {
        this.showsCosts = !this.showsCosts;
        parts.refresh();
      },
      'list-nodes': () => {
        openList(parts.root, session.store.document, canvas.allCards, id => {
          parts.select({ nodes: new Set([id]), edges: new Set() });
          canvas.reveal(id);
        });
      },
      'generate-network': () => {
        this.generate();
      },
      'show-versions': () => {
        this.showVersions();
      },
      'start-tour': () => {
        this.tour.start();
      },
      ...exporting({ ...parts, architectures: parts.api.architectures })
    };
    this.hear = watchComments(session.whole.document, session.author, parts.announce);
    this.tour = new Tour(parts.root);
    this.run = new RunValues(parts.api, session.whole.document.meta.id, parts.refresh);
  }

  dispose(): void {
    this.run.dispose();
    this.tour.dispose();
  }

  /** Begins the tour where nobody has seen it yet. */
  startTourOnce(): void {
    this.tour.startOnce();
  }

  /** What stands on a card in the place of its settings: what was measured, or what it costs where that is asked for. */
  readonly lineOf = (id: string): string => {
    const { session, catalog } = this.parts;
    const measured = this.run.lineOf(session.store.document, catalog, id);
    return measured || (this.showsCosts ? factsLine(checkInside(session.check, session.path)?.nodes[id]) : '');
  };

  private generate(): void {
    const { root, api, session, canvas } = this.parts;
    const { nodes } = session.whole.document;
    const data = Object.values(nodes).find(node => node.kind === 'dataset')?.params['dataset'];
    openGenerator({
      root,
      ...api,
      dataset: typeof data === 'string' ? data : '',
      onTake: (made, name) => {
        const { document } = session.whole;
        const { id } = document.meta;
        // What was said about its layers goes with what was drawn.
        const wanted = { ...document, ...made, comments: {}, meta: { id, name } };
        session.leaveTo(0);
        session.whole.dispatch(operationsBetween(document, wanted), `Draw ${name}`);
        canvas.restart();
      }
    });
  }

  /** The history is of the host: what is not open in JupyterLab has it in Python. */
  private showVersions(): void {
    const { root, session, tell } = this.parts;
    const isShown = askHost(root, 'patholearn:show-versions', {
      document: () => session.whole.document,
      restore: (version, title) => {
        const { document } = session.whole;
        const { meta, comments } = document;
        session.leaveTo(0);
        session.whole.dispatch(operationsBetween(document, { ...version, meta, comments }), `Restore ${title}`);
      }
    });
    if (!isShown) {
      tell('Versions are shown in JupyterLab. Here, lab.versions(editor) has them.');
    }
  }

  /** Shows what the document has now. */
  show(): void {
    this.annotations.show(this.parts.session.store.document);
    this.hear(this.parts.session.whole.document);
  }

  /** Frames and notes belong to the whole graph; the inside of a block has none. */
  private put(id: string, operations: Operation[], label: string): void {
    const { session, tell } = this.parts;
    if (session.path.length > 0) {
      tell('Frames and notes belong to the whole graph. Leave the block first.');
      return;
    }
    this.change(operations, label);
    this.annotations.write(id);
  }

  private readonly change = (operations: Operation[], label: string, mergeKey?: string): void => {
    this.parts.session.store.dispatch(operations, label, mergeKey);
  };
}
