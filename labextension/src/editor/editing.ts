/** What the editor's actions do. */
import { errorText } from '../api';
import type { Catalog, GraphDocument, Operation } from '../generated';
import {
  alignInColumn,
  alignInRow,
  arrange,
  BLOCK_PREFIX,
  CannotError,
  copyNodes,
  deleteSelection,
  DOWN,
  FileProblem,
  type Flow,
  flowOf,
  groupNodes,
  isBorder,
  nameOf,
  pasteNodes,
  RIGHT,
  ungroupNode
} from '../graph';
import type { ActionId, Actions } from './actions';
import type { Adding } from './adding';
import type { Bubble } from './bubble';
import type { GraphCanvas } from './canvas';
import type { CellSide } from './cell/cell-side';
import { openComments } from './comments/list';
import type { Chooser } from './chooser';
import { type ClipboardActions, readClipboard, writeClipboard } from './clipboard';
import { plural } from './format';
import { askHost } from './host-events';
import type { ExtraActions } from './extras';
import type { Inspector } from './inspector';
import type { Direction, KeyActions } from './keys';
import { neighbor } from './neighbors';
import { type EditorSession, NOTHING, type Selection } from './session';

export interface EditingParts {
  root: HTMLElement;
  session: EditorSession;
  catalog: Catalog;
  canvas: GraphCanvas;
  inspector: Inspector;
  /** Brings what stands beside the canvas up to date, where it waits for the next frame. */
  upToDate: () => void;
  cellSide: CellSide;
  chooser: Chooser;
  bubble: Bubble;
  announce: (text: string) => void;
  /** Says something near the canvas. */
  tell: (message: string) => void;
  select: (selection: Selection) => void;
  adding: Adding;
  more: ExtraActions;
  /** What is on the canvas became another graph. */
  onPath: () => void;
  showKeys: () => void;
}

export class Editing implements KeyActions {
  readonly clipboard: ClipboardActions = {
    copy: () => this.copied(),
    cut: () => {
      const text = this.copied();
      if (text !== undefined) {
        this.remove('Cut');
      }
      return text;
    },
    paste: text => {
      this.paste(text, 'Paste', this.parts.canvas.pointer);
    }
  };

  readonly actions: Actions;

  private readonly own: Omit<Actions, keyof ExtraActions> = {
    'undo-change': () => {
      const label = this.store.history.undoLabel;
      this.store.undo();
      this.parts.announce(label ? `Undone: ${label}` : 'There is nothing to undo.');
    },
    'redo-change': () => {
      const label = this.store.history.redoLabel;
      this.store.redo();
      this.parts.announce(label ? `Redone: ${label}` : 'There is nothing to redo.');
    },
    'cut-selection': () => void this.guarded(() => writeClipboard(this.clipboard.cut())),
    'copy-selection': () => void this.guarded(() => writeClipboard(this.copied())),
    'paste-nodes': () =>
      void this.guarded(async () => {
        this.clipboard.paste(await readClipboard());
      }),
    'duplicate-selection': () => {
      const text = this.copied();
      if (text !== undefined) {
        this.paste(text, 'Duplicate');
      }
    },
    'delete-selection': () => {
      this.remove('Delete');
    },
    'select-all': () => {
      this.parts.select({ nodes: new Set(Object.keys(this.document.nodes)), edges: new Set() });
    },
    'edit-settings': () => {
      this.parts.upToDate();
      this.parts.inspector.focusFirst();
    },
    'name-node': () => {
      this.parts.upToDate();
      this.parts.inspector.focusName();
    },
    'comment-node': () => {
      if (this.canDo('comment-node')) {
        this.parts.inspector.focusComments();
      } else {
        this.tell('A comment is about one layer of the whole graph: select one first.');
      }
    },
    'group-selection': () =>
      void this.guarded(() => {
        const { id, operations } = groupNodes(this.document, this.parts.catalog, this.chosen, 'Block');
        this.change(operations, 'Make a block');
        this.selectNodes([id]);
        // The press on the menu gives the focus back to the canvas first.
        requestAnimationFrame(() => {
          this.parts.inspector.nameBlock();
        });
        this.parts.announce('The selection is a block now. Type its name.');
      }),
    'ungroup-block': () =>
      void this.guarded(() => {
        const { ids, operations } = ungroupNode(this.document, this.parts.catalog, this.block ?? this.chosen[0] ?? '');
        this.change(operations, 'Dissolve the block');
        this.selectNodes(ids);
      }),
    'open-block': () => {
      if (this.block !== undefined && this.parts.session.open(this.block)) {
        this.parts.onPath();
      }
    },
    'leave-block': () => {
      this.leaveTo(this.parts.session.path.length - 1);
    },
    'tidy-graph': () => {
      this.change(arrange(this.document), 'Tidy up');
      this.parts.canvas.fit();
    },
    'layout-down': () => {
      this.layout(DOWN, 'Lay out from top to bottom');
    },
    'layout-right': () => {
      this.layout(RIGHT, 'Lay out from left to right');
    },
    'align-column': () => {
      this.change(alignInColumn(this.document, this.chosen), 'Align in a column');
    },
    'align-row': () => {
      this.change(alignInRow(this.document, this.chosen), 'Align in a row');
    },
    'show-all': () => {
      this.parts.canvas.fit();
    },
    'show-selection': () => {
      this.parts.canvas.fit(this.chosen);
    },
    'zoom-in': () => {
      this.parts.canvas.zoomBy(1.25);
    },
    'zoom-out': () => {
      this.parts.canvas.zoomBy(0.8);
    },
    'find-node': () => {
      const { along, across } = flowOf(this.document);
      const cards = [...this.parts.canvas.allCards.values()].sort(
        (a, b) => along(a) - along(b) || across(a) - across(b)
      );
      this.parts.chooser.show(
        'Find a node',
        cards.map(({ id, title, name, settings }) => ({
          label: title,
          detail: [name, settings].filter(Boolean).join(' · '),
          run: () => {
            this.selectNodes([id]);
            this.parts.canvas.reveal(id);
          }
        }))
      );
    },
    'list-comments': () => {
      openComments(this.parts.root, this.parts.session.whole.document, node => {
        this.leaveTo(0);
        this.selectNodes([node]);
        this.parts.canvas.reveal(node);
        this.parts.inspector.focusComments();
      });
    },
    'add-layer': () => {
      this.parts.adding.offer();
    },
    'swap-kind': () => {
      if (this.canDo('swap-kind')) {
        this.parts.adding.offerKinds();
      }
    },
    'show-code': () => {
      this.parts.cellSide.write.click();
    },
    'save-drawing': () => {
      askHost(this.parts.root, 'patholearn:save-notebook', {});
    },
    'show-keys': () => {
      this.parts.showKeys();
    }
  };

  constructor(private readonly parts: EditingParts) {
    this.actions = { ...this.own, ...parts.more };
  }

  /** Whether an action would do something just now. */
  canDo(action: ActionId): boolean {
    const { session, canvas } = this.parts;
    const { nodes, edges } = canvas.selection;
    const [isOne, isAny, isSeveral] = [nodes.size === 1, nodes.size > 0, nodes.size > 1];
    const conditions: Partial<Record<ActionId, boolean>> = {
      'undo-change': this.store.history.undoLabel !== undefined,
      'redo-change': this.store.history.redoLabel !== undefined,
      'cut-selection': isAny,
      'copy-selection': isAny,
      'duplicate-selection': isAny,
      'delete-selection': isAny || edges.size > 0,
      'edit-settings': isOne,
      'swap-kind': isOne && !isBorder(this.document.nodes[this.chosen[0] ?? '']),
      'name-node': isOne,
      'comment-node': isOne && session.path.length === 0,
      'group-selection': isAny,
      'ungroup-block': this.block !== undefined,
      'open-block': this.block !== undefined,
      'leave-block': session.path.length > 0,
      'align-column': isSeveral,
      'align-row': isSeveral,
      'show-selection': isAny,
      'frame-selection': isAny && session.path.length === 0,
      'add-remark': session.path.length === 0
    };
    return conditions[action] ?? true;
  }

  run(action: ActionId): void {
    this.actions[action]();
  }

  /** Goes one step out: hides what was said, else clears the selection, else leaves the block. */
  clearSelection(): void {
    const { bubble, canvas, select } = this.parts;
    if (bubble.isShown) {
      bubble.hide();
    } else if (canvas.selection.nodes.size + canvas.selection.edges.size > 0) {
      select(NOTHING);
    } else {
      this.run('leave-block');
    }
  }

  /** Selects the next node in a direction. */
  step(direction: Direction): void {
    const next = neighbor(this.document, this.chosen.at(-1), direction);
    if (next !== undefined) {
      this.selectNodes([next]);
      this.parts.canvas.reveal(next);
    }
  }

  /** Leaves blocks until so many are open. */
  leaveTo(depth: number): void {
    const { session, onPath } = this.parts;
    const use = session.path[Math.max(0, depth)];
    if (use !== undefined) {
      session.leaveTo(Math.max(0, depth));
      onPath();
      this.selectNodes([use]);
    }
  }

  /** Moves the selection, as one undo step with the moves before it. */
  nudge(dx: number, dy: number): void {
    const operations = this.chosen.flatMap((id): Operation[] => {
      const node = this.document.nodes[id];
      return node ? [{ op: 'moveNode', id, x: node.x + dx, y: node.y + dy }] : [];
    });
    this.store.dispatch(operations, 'Move', 'nudge');
  }

  private get store(): EditorSession['store'] {
    return this.parts.session.store;
  }

  private get document(): GraphDocument {
    return this.store.document;
  }

  private get chosen(): string[] {
    return [...this.parts.canvas.selection.nodes];
  }

  /** The selected node, where it is the only one and stands for a block. */
  private get block(): string | undefined {
    const [id, ...more] = this.chosen;
    const isBlock = id !== undefined && this.document.nodes[id]?.kind.startsWith(BLOCK_PREFIX);
    return isBlock && more.length === 0 ? id : undefined;
  }

  private change(operations: Operation[], label: string): void {
    this.store.dispatch(operations, label);
  }

  private layout(flow: Flow, label: string): void {
    this.change(arrange(this.document, flow), label);
    this.parts.canvas.restart();
  }

  private selectNodes(ids: readonly string[]): void {
    this.parts.select({ nodes: new Set(ids), edges: new Set() });
  }

  private copied(): string | undefined {
    const ids = this.chosen.filter(id => !isBorder(this.document.nodes[id]));
    if (ids.length === 0) {
      return undefined;
    }
    this.parts.announce(`Copied: ${plural(ids.length, 'node')}.`);
    return copyNodes(this.document, new Set(ids));
  }

  private paste(text: string, label: string, at?: { x: number; y: number }): void {
    void this.guarded(() => {
      const { ids, operations, refusals } = pasteNodes(this.document, this.parts.catalog, text, at);
      this.change(operations, label);
      if (ids[0] !== undefined) {
        this.selectNodes(ids);
        this.parts.canvas.reveal(ids[0]);
      }
      if (refusals[0] !== undefined) {
        this.tell(refusals[0]);
      }
    });
  }

  private remove(label: string): void {
    const { nodes, edges } = this.parts.canvas.selection;
    const ids = [...nodes].filter(id => !isBorder(this.document.nodes[id]));
    if (ids.length < nodes.size && ids.length + edges.size === 0) {
      this.tell(
        `${nameOf(this.document, [...nodes][0] ?? '')} is where the block meets the graph around it, and stays.`
      );
    }
    this.change(deleteSelection(this.document, this.parts.catalog, ids, [...edges]), label);
    this.parts.root.focus({ preventScroll: true });
  }

  /** Does something that may be impossible; says why. */
  private async guarded(act: () => void | Promise<void>): Promise<void> {
    try {
      await act();
    } catch (reason) {
      if (reason instanceof FileProblem) {
        this.tell('The clipboard holds no layers. Select some in a drawing and copy them first.');
      } else if (reason instanceof CannotError || reason instanceof DOMException) {
        this.tell(errorText(reason).message);
      } else {
        throw reason;
      }
    }
  }

  private tell(message: string): void {
    this.parts.tell(message);
  }
}
