/** What of an editor must outlive its view: a notebook draws the view anew whenever its cell is moved. */
import type { CheckResult } from '../generated';
import { type Author, BLOCK_PREFIX, type EditableGraph, InnerGraph } from '../graph';
import type { InStep } from './cell/cell-link';
import type { Room } from './people/room';

export interface Viewport {
  zoom: number;
  pan: { x: number; y: number };
}

export interface Selection {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<string>;
}

export const NOTHING: Selection = { nodes: new Set(), edges: new Set() };

export class EditorSession {
  viewport: Viewport | undefined;
  /** Whether the view follows the canvas' size so that all is in it; until somebody pans or zooms. */
  fits = false;
  selection: Selection = NOTHING;
  /** The last answer to a check, shown at once in a new view. */
  check: CheckResult | undefined;
  /** Where graph and cell last said the same. */
  inStep: InStep | undefined;
  /** The uses of blocks that are open, from outside inwards. */
  private opened: { use: string; graph: InnerGraph }[] = [];

  /** `room` has the others, where the drawing is shared; `author` is who writes comments here. */
  constructor(
    readonly whole: EditableGraph,
    readonly room?: Room,
    readonly author: Author = { name: '', account: '' }
  ) {}

  /** What is on the canvas: the whole graph, or the inside of the block that is open. */
  get store(): EditableGraph {
    return this.opened.at(-1)?.graph ?? this.whole;
  }

  /** The way from the whole graph to what is on the canvas. */
  get path(): readonly string[] {
    return this.opened.map(({ use }) => use);
  }

  /** Opens the block that a node on the canvas stands for; returns whether it stands for one. */
  open(use: string): boolean {
    const kind = this.store.document.nodes[use]?.kind ?? '';
    const block = kind.startsWith(BLOCK_PREFIX) ? kind.slice(BLOCK_PREFIX.length) : '';
    const isThere = block in this.whole.document.blocks;
    if (isThere) {
      this.opened.push({ use, graph: new InnerGraph(this.whole, block) });
    }
    return isThere;
  }

  /** Goes back to a block on the way: 0 is the whole graph. */
  leaveTo(depth: number): void {
    this.opened.splice(depth);
  }

  /** Leaves blocks that are gone: somebody took their use or their definition away. Returns whether there was one. */
  leaveWhatIsGone(): boolean {
    let document = this.whole.document;
    const depth = this.opened.findIndex(({ use, graph }) => {
      const isThere =
        document.nodes[use]?.kind === BLOCK_PREFIX + graph.block && graph.block in this.whole.document.blocks;
      document = graph.document;
      return !isThere;
    });
    if (depth >= 0) {
      this.leaveTo(depth);
    }
    return depth >= 0;
  }
}
