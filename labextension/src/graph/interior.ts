/** The inside of a block as a document, with a node at the border for each input and output. */
import type { Block, GraphDocument, GraphEdge, GraphNode, KindCard, Operation } from '../generated';
import type { Steps } from './history';
import { flowOf } from './flow';
import { apply } from './operations';

const IN = 'border/input';
const OUT = 'border/output';

/** What can be edited: a graph, or the inside of a block in it. */
export interface EditableGraph {
  readonly document: GraphDocument;
  readonly history: Steps;
  dispatch(operations: Operation[], label: string, mergeKey?: string): void;
  undo(): void;
  redo(): void;
  /** Calls back after every change, with whether it was made here; returns what ends that. */
  subscribe(listener: (isMine: boolean) => void): () => void;
}

/** The kind of a node at the border; undefined for every other kind. */
export function borderKind(kind: string): KindCard | undefined {
  return CARDS[kind];
}

export function isBorder(node: GraphNode | undefined): boolean {
  return node !== undefined && node.kind in CARDS;
}

/** The inside of one block. A change of it is a change of the definition, in the history of the whole graph. */
export class InnerGraph implements EditableGraph {
  private shown: { block: Block; blocks: GraphDocument['blocks']; document: GraphDocument } | undefined;

  constructor(
    private readonly whole: EditableGraph,
    readonly block: string
  ) {}

  get document(): GraphDocument {
    const { blocks } = this.whole.document;
    const block = blocks[this.block] ?? EMPTY;
    if (this.shown?.block !== block || this.shown.blocks !== blocks) {
      this.shown = { block, blocks, document: interiorOf(block, this.whole.document) };
    }
    return this.shown.document;
  }

  get history(): Steps {
    return this.whole.history;
  }

  dispatch(operations: Operation[], label: string, mergeKey?: string): void {
    const block = this.whole.document.blocks[this.block];
    // The border stands for the ports of the block: it cannot be taken away or moved.
    const inside = operations.filter(
      operation => !('id' in operation && isBorder(this.document.nodes[operation.id]) && !operation.op.endsWith('Edge'))
    );
    if (block && inside.length > 0) {
      const after = apply(this.document, inside);
      const blocks = inside.filter(({ op }) => op === 'setBlock' || op === 'removeBlock');
      this.whole.dispatch(
        [...blocks, { op: 'setBlock', id: this.block, block: blockOf(after, block) }],
        label,
        mergeKey
      );
    }
  }

  undo(): void {
    this.whole.undo();
  }

  redo(): void {
    this.whole.redo();
  }

  subscribe(listener: (isMine: boolean) => void): () => void {
    return this.whole.subscribe(listener);
  }
}

/** The inside of a block as a document. */
export function interiorOf(block: Block, whole: GraphDocument): GraphDocument {
  const flow = flowOf(block);
  const inner = Object.values(block.nodes);
  const along = inner.length > 0 ? inner.map(flow.along) : [0];
  const across = inner.length > 0 ? inner.map(flow.across) : [0];
  const middle = (Math.min(...across) + Math.max(...across)) / 2;
  const names = [...new Set(block.inputs.map(input => input.name))];
  const row = (kind: string, place: number, each: [id: string, note: string][]): [string, GraphNode][] =>
    each.map(([id, note], index) => [
      id,
      { kind, params: {}, ...flow.at(place, middle + (index - (each.length - 1) / 2) * flow.lane), note }
    ]);
  const label = (name: string): string => block.inputs.find(input => input.name === name)?.label || name;
  const nodes = {
    ...Object.fromEntries(
      row(
        IN,
        Math.min(...along) - flow.step,
        names.map(name => [entry(name), label(name)])
      )
    ),
    ...block.nodes,
    ...Object.fromEntries(
      row(
        OUT,
        Math.max(...along) + flow.step,
        block.outputs.map(({ name, label: words }) => [exit(name), words || name])
      )
    )
  };
  const edges: Record<string, GraphEdge> = { ...block.edges };
  for (const { name, node, port, edge } of block.inputs) {
    edges[edge] = { from: entry(name), fromPort: 'output', to: node, toPort: port };
  }
  for (const { name, node, port } of block.outputs) {
    edges[`${exit(name)}-edge`] = { from: node, fromPort: port, to: exit(name), toPort: 'input' };
  }
  return { ...whole, nodes, edges, frames: {}, remarks: {}, comments: {}, meta: { ...whole.meta, name: block.label } };
}

/** The block after its inside has changed. */
function blockOf(interior: GraphDocument, block: Block): Block {
  const { nodes, edges } = interior;
  const all = Object.entries(edges);
  const from = (edge: GraphEdge): GraphNode | undefined => nodes[edge.from];
  const to = (edge: GraphEdge): GraphNode | undefined => nodes[edge.to];
  const order = [...new Set(block.inputs.map(input => entry(input.name)))];
  const inputs = all
    .filter(([, edge]) => from(edge)?.kind === IN && !isBorder(to(edge)))
    .sort(([, a], [, b]) => order.indexOf(a.from) - order.indexOf(b.from))
    .map(([key, edge]) => {
      const known = block.inputs.find(input => entry(input.name) === edge.from);
      return { name: known?.name ?? 'input', label: known?.label ?? '', node: edge.to, port: edge.toPort, edge: key };
    });
  const outputs = block.outputs.flatMap(output => {
    const edge = all.find(([, other]) => other.to === exit(output.name) && !isBorder(from(other)))?.[1];
    return edge ? [{ ...output, node: edge.from, port: edge.fromPort }] : [];
  });
  return {
    ...block,
    label: interior.meta.name,
    nodes: Object.fromEntries(Object.entries(nodes).filter(([, node]) => !isBorder(node))),
    edges: Object.fromEntries(all.filter(([, edge]) => !isBorder(from(edge)) && !isBorder(to(edge)))),
    inputs,
    outputs
  };
}

const entry = (name: string): string => `from-${name}`;
const exit = (name: string): string => `to-${name}`;

const card = (kind: string, label: string, summary: string, ports: Pick<KindCard, 'inputs' | 'outputs'>): KindCard => ({
  ...{ kind, label, summary, category: 'Blocks', stem: 'border', unique: false, basic: false, first_plain: false },
  ...{ params: [], help: '', torch: '' },
  ...ports
});
const port = (name: string, label: string): KindCard['inputs'] => [
  { name, label, types: ['image', 'sequence', 'vector'], same_as: null, many: false }
];
const CARDS: Record<string, KindCard> = {
  [IN]: card(IN, 'Input of the block', 'What comes into the block from outside.', {
    inputs: [],
    outputs: port('output', 'What comes in')
  }),
  [OUT]: card(OUT, 'Output of the block', 'What leaves the block.', {
    inputs: port('input', 'What leaves'),
    outputs: []
  })
};
const EMPTY: Block = { label: '', params: [], nodes: {}, edges: {}, inputs: [], outputs: [] };
