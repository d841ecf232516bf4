/** The architecture editor: palette, canvas, inspector, status. It knows no notebook and no kernel, only the api. */
import type { Catalog, Mend, Operation } from '../generated';
import { nameOf } from '../graph';
import type { ActionId } from './actions';
import { Adding } from './adding';
import { Breadcrumb } from './breadcrumb';
import { Bubble } from './bubble';
import { GraphCanvas } from './canvas';
import { cardsOf } from './cards';
import { CellSide } from './cell/cell-side';
import { Checker } from './checker';
import { Chooser } from './chooser';
import { listenToClipboard } from './clipboard';
import { describe } from './describe';
import { h } from './dom';
import { datasetChoices } from './dataset-choices';
import { Editing } from './editing';
import { checkInside } from './inner-check';
import { networkSuggestions } from './network-suggestions';
import { type EditorApi, Extras } from './extras';
import { Frame } from './frame';
import { Inspector } from './inspector';
import type { IssueRow } from './issue-rows';
import { listenToKeys } from './keys';
import { showKeyPanel } from './key-panel';
import { Menu } from './menu';
import { Palette } from './palette';
import { hideAtPress } from './press';
import { type EditorSession, NOTHING, type Selection } from './session';
import { Status } from './status';
import { onThemeChange } from './theme';
import { type Saved, Toolbar } from './toolbar';
import { watchWidth } from './width';
import { enableWiring } from './wiring';

export interface EditorOptions {
  session: EditorSession;
  catalog: Catalog;
  api: EditorApi;
  /** In CSS px; as high as the element where it is left out. */
  height?: number;
}

export class ArchitectureEditor {
  readonly root: HTMLElement;
  private readonly canvas: GraphCanvas;
  private readonly palette: Palette;
  private readonly inspector: Inspector;
  private readonly toolbar: Toolbar;
  private readonly status: Status;
  private readonly bubble: Bubble;
  private readonly cellSide: CellSide;
  private readonly checker: Checker;
  private readonly chooser: Chooser;
  private readonly menu: Menu;
  private readonly editing: Editing;
  private readonly extras: Extras;
  private readonly adding: Adding;
  private readonly breadcrumb: Breadcrumb;
  /** What stands beside the canvas is brought up to date once a frame. */
  private readonly beside = new Frame(() => {
    this.refresh();
  });
  private readonly ends: (() => void)[] = [];

  constructor(
    element: HTMLElement,
    private readonly options: EditorOptions
  ) {
    this.root = h('div', {
      class: 'plab-root plab-editor',
      role: 'application',
      'aria-label': 'Network editor',
      tabindex: 0,
      'data-lm-suppress-shortcuts': 'true',
      'data-graph': this.document.meta.id
    });
    this.root.style.height = options.height === undefined ? '100%' : `${options.height}px`;
    element.append(this.root);
    const { session, catalog, api } = options;
    this.bubble = new Bubble(this.root);
    this.status = new Status({
      onGoTo: row => {
        this.goTo(row);
      },
      onMend: this.mend
    });
    this.palette = new Palette({
      catalog,
      document: () => this.document,
      onDrop: (kind, x, y) => {
        this.adding.drop(kind, x, y);
      },
      onAdd: kind => {
        this.adding.below(kind);
      }
    });
    this.inspector = new Inspector({
      catalog,
      session,
      datasets: () => datasetChoices(api.datasets),
      networks: (library, text, architecture) => networkSuggestions(api.architectures, library, text, architecture),
      onDelete: () => {
        this.run('delete-selection');
      }
    });
    this.canvas = new GraphCanvas({
      root: this.root,
      session,
      onSelect: this.select,
      onMove: operations => {
        this.change(operations, 'Move');
      },
      onOpen: () => {
        this.run(this.editing.canDo('open-block') ? 'open-block' : 'edit-settings');
      },
      onEmpty: ({ x, y }) => {
        this.adding.offerAt(x, y);
      }
    });
    this.cellSide = new CellSide({
      root: this.root,
      session,
      architectures: api.architectures,
      bubble: this.bubble,
      onNode: node => {
        this.mark(node);
      },
      onMend: this.mend,
      announce: this.announce
    });
    this.chooser = new Chooser(this.focus);
    this.adding = new Adding({
      root: this.root,
      session,
      catalog,
      canvas: this.canvas,
      search: this.palette.element,
      bubble: this.bubble,
      chooser: this.chooser,
      announce: this.announce,
      select: this.select
    });
    this.extras = new Extras({
      root: this.root,
      session,
      canvas: this.canvas,
      catalog,
      api,
      select: this.select,
      refresh: this.showCards,
      tell: this.tell,
      announce: this.announce,
      focus: this.focus
    });
    this.menu = new Menu(this.root, this.run);
    this.editing = new Editing({
      root: this.root,
      session,
      catalog,
      canvas: this.canvas,
      inspector: this.inspector,
      upToDate: () => {
        this.beside.flush();
      },
      cellSide: this.cellSide,
      chooser: this.chooser,
      bubble: this.bubble,
      announce: this.announce,
      select: this.select,
      adding: this.adding,
      more: this.extras.actions,
      tell: this.tell,
      onPath: () => {
        this.canvas.select(NOTHING);
        this.onChange();
        this.canvas.fit();
        this.focus();
      },
      showKeys: () => {
        showKeyPanel(this.root);
      }
    });
    this.breadcrumb = new Breadcrumb(session, depth => {
      this.editing.leaveTo(depth);
    });
    this.toolbar = new Toolbar(
      this.run,
      button => {
        const box = button.getBoundingClientRect();
        this.showMenu(box.left, box.bottom);
      },
      [this.cellSide.sign, this.cellSide.write]
    );
    this.root.append(
      this.toolbar.element,
      this.palette.element,
      this.canvas.element,
      this.breadcrumb.element,
      this.inspector.element,
      this.status.element,
      this.bubble.element,
      this.chooser.element,
      this.menu.element,
      this.cellSide.panel,
      this.cellSide.codePanel.element
    );
    this.checker = new Checker({
      check: document => api.architectures.check(document),
      onResult: result => {
        session.check = result;
        this.showCards();
        this.beside.request();
      },
      onFailure: failure => {
        this.status.showFailure(failure);
      }
    });
    this.listen();
    this.onChange();
    requestAnimationFrame(() => {
      this.extras.startTourOnce();
    });
  }

  /** Says in which file the drawing is kept; null where it has none. */
  showSaved(saved: Saved | null): void {
    this.toolbar.showSaved(saved);
  }

  /** Where a node, or a port of it, is on the window, in CSS px: for tests and guided tours. */
  pointOf(node: string, port?: string): { x: number; y: number } | undefined {
    const card = this.canvas.allCards.get(node);
    const mark = card?.ports.find(other => other.port.name === port);
    return card && this.canvas.toClient(card.x + (mark?.x ?? 0), card.y + (mark?.y ?? 0));
  }

  dispose(): void {
    for (const end of this.ends) {
      end();
    }
    this.beside.cancel();
    this.checker.dispose();
    this.extras.dispose();
    this.cellSide.dispose();
    this.canvas.dispose();
    this.root.remove();
  }

  private get document(): EditorSession['store']['document'] {
    return this.options.session.store.document;
  }

  private get selection(): Selection {
    return this.canvas.selection;
  }

  /** Does an action of the table, as its key, its entry in the menu, or a command of the host asks. */
  readonly run = (action: ActionId): void => {
    this.editing.run(action);
  };

  private readonly announce = (text: string): void => {
    this.status.announce(text);
  };

  private readonly tell = (message: string): void => {
    const { left, top } = this.canvas.element.getBoundingClientRect();
    this.bubble.show({ x: left + 16, y: top + 40, message });
  };

  /** What a check offers is a change of the whole graph, also where it is about the inside of a block. */
  private readonly mend = (mend: Mend): void => {
    this.options.session.whole.dispatch(mend.operations, mend.label);
  };

  private listen(): void {
    const { session, catalog } = this.options;
    listenToKeys(this.root, this.canvas.element, this.editing);
    this.menu.openAtPointer(this.canvas, this.select, action => this.editing.canDo(action));
    this.root.addEventListener('patholearn:do', event => {
      this.run((event as CustomEvent<ActionId>).detail);
    });
    hideAtPress(this.root, [this.bubble, this.menu]);
    this.ends.push(
      watchWidth(this.root),
      listenToClipboard(this.root, this.canvas.element, this.editing.clipboard),
      session.whole.subscribe(isMine => {
        this.onChange(isMine);
      }),
      onThemeChange(() => {
        this.beside.request();
      }),
      enableWiring({
        canvas: this.canvas,
        catalog,
        bubble: this.bubble,
        document: () => this.document,
        onConnect: (id, edge) => {
          this.adding.connect(id, edge);
        },
        onEmpty: (from, x, y) => {
          this.adding.offerFor(from, x, y);
        },
        onMend: mend => {
          this.change(mend.operations, mend.label);
        }
      })
    );
  }

  private showMenu(x: number, y: number): void {
    this.menu.show(x, y, action => this.editing.canDo(action));
  }

  private onChange(isMine = true): void {
    if (this.options.session.leaveWhatIsGone()) {
      this.canvas.select(NOTHING);
    }
    const { nodes, edges } = this.document;
    const still = {
      nodes: new Set([...this.selection.nodes].filter(id => id in nodes)),
      edges: new Set([...this.selection.edges].filter(id => id in edges))
    };
    this.showCards();
    this.canvas.select(still);
    this.beside.request();
    this.checker.request(this.options.session.whole.document, isMine);
  }

  /** Shows the document, the selection and the last check beside the canvas. */
  private refresh(): void {
    this.breadcrumb.show();
    this.showIssues();
    this.palette.refresh();
    const ports = [...this.canvas.allCards.values()].flatMap(card => card.ports);
    this.status.showLegend(this.canvas.theme, new Set(ports.map(mark => mark.type)));
    this.inspector.show(this.selection);
    this.showTools();
  }

  private readonly showCards = (): void => {
    const { session, catalog } = this.options;
    this.canvas.show(
      this.document,
      cardsOf(this.document, catalog, checkInside(session.check, session.path), this.extras.lineOf)
    );
    this.extras.show();
  };

  private showIssues(): void {
    const { session } = this.options;
    const check = checkInside(session.check, session.path);
    if (check) {
      this.status.show(check, node => nameOf(this.document, node));
    }
  }

  private showTools(): void {
    const { session } = this.options;
    const { nodes, edges } = this.selection;
    this.toolbar.show(session.store.history, nodes.size + edges.size > 0);
    this.cellSide.showErrors(session.check?.runnable === false);
  }

  private readonly select = (selection: Selection): void => {
    this.options.session.whole.history.seal();
    this.canvas.select(selection);
    this.beside.request();
    this.cellSide.mark([...selection.nodes].map(id => [...this.options.session.path, id].join('/')));
    this.status.announce(describe(selection, this.canvas.allCards));
  };

  /** The node of the line that the cursor is in. */
  private mark(node: string): void {
    if (node in this.document.nodes && this.options.session.path.length === 0) {
      this.canvas.select({ nodes: new Set([node]), edges: new Set() });
      this.beside.request();
      this.cellSide.mark([node]);
      this.canvas.reveal(node);
    }
  }

  private readonly change = (operations: Operation[], label: string): void => {
    this.options.session.store.dispatch(operations, label);
  };

  private goTo({ nodes, edge }: IssueRow): void {
    this.select({ nodes: new Set(nodes), edges: new Set(edge === null ? [] : [edge]) });
    const node = nodes[0] ?? this.document.edges[edge ?? '']?.to;
    if (node !== undefined) {
      this.canvas.reveal(node);
    }
    this.focus();
  }

  private readonly focus = (): void => {
    this.root.focus({ preventScroll: true });
  };
}
