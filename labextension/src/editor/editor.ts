/** The architecture editor: palette, canvas, inspector, status. It knows no notebook and no kernel, only the api. */
import type { PatholearnApi } from '../api';
import type { Catalog, GraphEdge, Operation } from '../generated';
import { type Addition, arrange, deleteSelection, nameOf, whyNotAdd } from '../graph';
import { Bubble } from './bubble';
import { GraphCanvas } from './canvas';
import { cardsOf } from './cards';
import { CellSide } from './cell/cell-side';
import { Checker } from './checker';
import { describe } from './describe';
import { h } from './dom';
import { datasetChoices } from './dataset-choices';
import { networkSuggestions } from './network-suggestions';
import { addedBelow, dropped } from './dropping';
import { Inspector } from './inspector';
import type { IssueRow } from './issue-rows';
import { listenToKeys } from './keys';
import { neighbor } from './neighbors';
import { Palette } from './palette';
import { type EditorSession, NOTHING, type Selection } from './session';
import { Status } from './status';
import { onThemeChange, readTheme } from './theme';
import { type Saved, Toolbar } from './toolbar';
import { enableWiring } from './wiring';

export interface EditorOptions {
  session: EditorSession;
  catalog: Catalog;
  api: Pick<PatholearnApi, 'architectures' | 'datasets'>;
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
      onMend: mend => {
        this.change(mend.operations, mend.label);
      }
    });
    this.palette = new Palette({
      catalog,
      document: () => this.document,
      onDrop: (kind, x, y) => {
        this.drop(kind, x, y);
      },
      onAdd: kind => {
        this.addBelow(kind);
      }
    });
    this.inspector = new Inspector({
      catalog,
      session,
      datasets: () => datasetChoices(api.datasets),
      networks: (library, text, architecture) => networkSuggestions(api.architectures, library, text, architecture),
      onDelete: this.remove
    });
    this.canvas = new GraphCanvas({
      root: this.root,
      session,
      onSelect: selection => {
        this.select(selection);
      },
      onMove: operations => {
        this.change(operations, 'Move');
      },
      onOpen: () => {
        this.inspector.focusFirst();
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
      onMend: mend => {
        this.change(mend.operations, mend.label);
      },
      announce: text => {
        this.status.announce(text);
      }
    });
    this.toolbar = new Toolbar(this.commonActions(), [this.cellSide.sign, this.cellSide.write]);
    this.root.append(
      this.toolbar.element,
      this.palette.element,
      this.canvas.element,
      this.inspector.element,
      this.status.element,
      this.bubble.element,
      this.cellSide.panel,
      this.cellSide.codePanel.element
    );
    this.checker = new Checker({
      check: document => api.architectures.check(document),
      onResult: result => {
        session.check = result;
        this.showIssues();
        this.showCards();
        this.refresh();
      },
      onFailure: failure => {
        this.status.showFailure(failure);
      }
    });
    this.listen();
    this.showIssues();
    this.onChange();
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
    this.checker.dispose();
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

  private commonActions(): ConstructorParameters<typeof Toolbar>[0] {
    const { store } = this.options.session;
    return {
      undo: () => {
        const label = store.history.undoLabel;
        store.undo();
        this.status.announce(label ? `Undone: ${label}` : 'There is nothing to undo.');
      },
      redo: () => {
        const label = store.history.redoLabel;
        store.redo();
        this.status.announce(label ? `Redone: ${label}` : 'There is nothing to redo.');
      },
      remove: this.remove,
      tidy: () => {
        this.change(arrange(this.document), 'Tidy up');
        this.canvas.fit();
      },
      fit: () => {
        this.canvas.fit();
      },
      zoomIn: () => {
        this.canvas.zoomBy(1.25);
      },
      zoomOut: () => {
        this.canvas.zoomBy(0.8);
      }
    };
  }

  private listen(): void {
    const { session, catalog } = this.options;
    listenToKeys(this.root, this.canvas.element, {
      ...this.commonActions(),
      selectAll: () => {
        this.select({ nodes: new Set(Object.keys(this.document.nodes)), edges: new Set() });
      },
      clearSelection: () => {
        if (this.bubble.isShown) {
          this.bubble.hide();
        } else {
          this.select(NOTHING);
        }
      },
      open: () => {
        this.inspector.focusFirst();
      },
      step: direction => {
        const next = neighbor(this.document, [...this.selection.nodes].at(-1), direction);
        if (next !== undefined) {
          this.select({ nodes: new Set([next]), edges: new Set() });
          this.canvas.reveal(next);
        }
      },
      nudge: (dx, dy) => {
        this.nudge(dx, dy);
      },
      search: () => {
        this.palette.focusSearch();
      }
    });
    this.root.addEventListener('pointerdown', event => {
      if (!this.bubble.element.contains(event.target as Node)) {
        this.bubble.hide();
      }
    });
    this.ends.push(
      session.store.subscribe(() => {
        this.onChange();
      }),
      onThemeChange(() => {
        this.showLegend();
      }),
      enableWiring({
        canvas: this.canvas,
        catalog,
        bubble: this.bubble,
        document: () => this.document,
        onConnect: (id, edge) => {
          this.connect(id, edge);
        },
        onMend: mend => {
          this.change(mend.operations, mend.label);
        }
      })
    );
  }

  private onChange(): void {
    const { nodes, edges } = this.document;
    const still = {
      nodes: new Set([...this.selection.nodes].filter(id => id in nodes)),
      edges: new Set([...this.selection.edges].filter(id => id in edges))
    };
    this.showCards();
    this.canvas.select(still);
    this.refresh();
    this.checker.request(this.document);
  }

  /** Shows the document, the selection and the last check beside the canvas. */
  private refresh(): void {
    this.palette.refresh();
    this.inspector.show(this.selection);
    this.showTools();
  }

  private showCards(): void {
    const { session, catalog } = this.options;
    this.canvas.show(this.document, cardsOf(this.document, catalog, session.check));
    this.showLegend();
  }

  private showLegend(): void {
    const ports = [...this.canvas.allCards.values()].flatMap(card => card.ports);
    this.status.showLegend(readTheme(this.root), new Set(ports.map(mark => mark.type)));
  }

  private showIssues(): void {
    const { check } = this.options.session;
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

  private select(selection: Selection): void {
    this.options.session.store.history.seal();
    this.showSelection(selection);
    this.cellSide.mark(selection.nodes);
    this.status.announce(describe(selection, this.canvas.allCards));
  }

  private showSelection(selection: Selection): void {
    this.canvas.select(selection);
    this.inspector.show(selection);
    this.showTools();
  }

  /** The node of the line that the cursor is in. */
  private mark(node: string): void {
    if (node in this.document.nodes) {
      this.showSelection({ nodes: new Set([node]), edges: new Set() });
      this.cellSide.mark([node]);
      this.canvas.reveal(node);
    }
  }

  private change(operations: Operation[], label: string): void {
    this.options.session.store.dispatch(operations, label);
  }

  private drop(kind: string, clientX: number, clientY: number): void {
    const point = this.canvas.toDocument(clientX, clientY);
    if (!point || this.refusesKind(kind, clientX, clientY)) {
      return;
    }
    this.add(kind, dropped(this.document, this.options.catalog, this.canvas.allCards, kind, point));
    // The press left the focus on the chip; what was dropped is on the canvas, and so are the keys from now on.
    this.focus();
  }

  private addBelow(kind: string): void {
    const box = this.canvas.element.getBoundingClientRect();
    if (this.refusesKind(kind, box.left + 16, box.top + 16)) {
      return;
    }
    const selected = [...this.selection.nodes].at(-1);
    this.add(kind, addedBelow(this.document, this.options.catalog, kind, selected, this.canvas.center));
  }

  private add(kind: string, { id, operations }: Addition): void {
    this.change(operations, `Add ${this.options.catalog.kinds[kind]?.label ?? kind}`);
    this.select({ nodes: new Set([id]), edges: new Set() });
    this.canvas.reveal(id);
    // The search keeps the cursor, so that several layers can be added one after the other.
    if (!this.palette.element.contains(window.document.activeElement)) {
      this.focus();
    }
  }

  private refusesKind(kind: string, x: number, y: number): boolean {
    const reason = whyNotAdd(this.document, this.options.catalog, kind);
    if (reason !== null) {
      this.bubble.show({ x, y, message: reason });
    }
    return reason !== null;
  }

  private connect(id: string, edge: GraphEdge): void {
    this.change([{ op: 'addEdge', id, edge }], 'Connect');
    this.status.announce(`Connected ${nameOf(this.document, edge.from)} with ${nameOf(this.document, edge.to)}.`);
  }

  private readonly remove = (): void => {
    const { nodes, edges } = this.selection;
    this.change(deleteSelection(this.document, this.options.catalog, [...nodes], [...edges]), 'Delete');
    this.focus();
  };

  private nudge(dx: number, dy: number): void {
    const operations = [...this.selection.nodes].flatMap((id): Operation[] => {
      const node = this.document.nodes[id];
      return node ? [{ op: 'moveNode', id, x: node.x + dx, y: node.y + dy }] : [];
    });
    this.options.session.store.dispatch(operations, 'Move', 'nudge');
  }

  private goTo({ nodes, edge }: IssueRow): void {
    this.select({ nodes: new Set(nodes), edges: new Set(edge === null ? [] : [edge]) });
    const node = nodes[0] ?? this.document.edges[edge ?? '']?.to;
    if (node !== undefined) {
      this.canvas.reveal(node);
    }
    this.focus();
  }

  private focus(): void {
    this.root.focus({ preventScroll: true });
  }
}
