/** Copying nodes: what is copied is a document of its own, so that it can be pasted anywhere, also as text. */
import type { Catalog, GraphDocument, Operation } from '../generated';
import { operationsBetween } from './changes';
import { whyNotAdd } from './edits';
import { readDocument, writeDocument } from './file';
import { flowOf } from './flow';
import { BLOCK_PREFIX } from './kinds';
import { newEdgeId, newNodeId } from './names';
import { apply } from './operations';
import { nodesAt } from './places';

/** What stays free on both sides of what is pasted. */
const GAP = 20;

export interface Pasted {
  /** The nodes that came in. */
  ids: string[];
  operations: Operation[];
  /** Why some nodes stayed out. */
  refusals: string[];
}

/** Nodes with the connections between them and the blocks that they use, as the text of a document. */
export function copyNodes(document: GraphDocument, ids: ReadonlySet<string>): string {
  const nodes = pick(document.nodes, id => ids.has(id));
  const inside = ({ from, to }: GraphDocument['edges'][string]): boolean => ids.has(from) && ids.has(to);
  const edges = Object.fromEntries(Object.entries(document.edges).filter(([, edge]) => inside(edge)));
  const used = usedBlocks(document.blocks, nodes);
  const frames = pick(document.frames, id => (document.frames[id]?.nodes ?? []).every(node => ids.has(node)));
  return writeDocument({
    ...document,
    nodes,
    edges,
    frames,
    remarks: {},
    comments: {},
    blocks: pick(document.blocks, id => used.has(id))
  });
}

/**
 * Puts the nodes of a copied text, or of a whole file, into a document: at a place, else beside where they were.
 *
 * Throws a `FileProblem` where the text is no architecture.
 */
export function pasteNodes(
  document: GraphDocument,
  catalog: Catalog,
  text: string,
  at?: { x: number; y: number }
): Pasted {
  const copied = readDocument(text);
  const operations: Operation[] = [];
  const refusals: string[] = [];
  let current = document;
  const put = (operation: Operation): void => {
    operations.push(operation);
    current = apply(current, [operation]);
  };
  const blocks = putBlocks(copied, document, put);
  const kindFor = (kind: string): string => {
    const block = kind.startsWith(BLOCK_PREFIX) ? blocks.get(kind.slice(BLOCK_PREFIX.length)) : undefined;
    return block === undefined ? kind : BLOCK_PREFIX + block;
  };
  const [dx, dy] = shift(document, Object.values(copied.nodes), at);
  const ids = new Map<string, string>();
  for (const [id, node] of Object.entries(copied.nodes)) {
    const kind = kindFor(node.kind);
    const refusal = whyNotAdd(current, catalog, kind);
    if (refusal !== null) {
      refusals.push(refusal);
      continue;
    }
    const own = id in current.nodes ? newNodeId(current, catalog, kind) : id;
    ids.set(id, own);
    put({ op: 'addNode', id: own, node: { ...node, kind, x: node.x + dx, y: node.y + dy } });
  }
  for (const edge of Object.values(copied.edges)) {
    const [from, to] = [ids.get(edge.from), ids.get(edge.to)];
    if (from !== undefined && to !== undefined) {
      put({ op: 'addEdge', id: newEdgeId(current), edge: { ...edge, from, to } });
    }
  }
  for (const [id, frame] of Object.entries(copied.frames)) {
    const nodes = frame.nodes.flatMap(node => ids.get(node) ?? []);
    if (nodes.length > 0) {
      put({ op: 'setFrame', id: freeId(current.frames, id), frame: { ...frame, nodes } });
    }
  }
  return { ids: [...ids.values()], operations: ids.size > 0 ? operations : [], refusals };
}

/** Brings copied blocks in, and returns what each is called here. An equal one that is there already is taken. */
function putBlocks(
  copied: GraphDocument,
  document: GraphDocument,
  put: (operation: Operation) => void
): Map<string, string> {
  const names = new Map<string, string>();
  const isSame = (id: string): boolean =>
    id in document.blocks &&
    operationsBetween(
      { ...document, blocks: pick(document.blocks, other => other === id) },
      { ...document, blocks: pick(copied.blocks, other => other === id) }
    ).length === 0;
  for (const id of Object.keys(copied.blocks)) {
    names.set(id, isSame(id) ? id : freeId(document.blocks, id));
  }
  for (const [id, block] of Object.entries(copied.blocks)) {
    const name = names.get(id) ?? id;
    if (!(name in document.blocks)) {
      const nodes = Object.entries(block.nodes).map(([key, node]) => {
        const inner = node.kind.startsWith(BLOCK_PREFIX) ? names.get(node.kind.slice(BLOCK_PREFIX.length)) : undefined;
        return [key, inner === undefined ? node : { ...node, kind: BLOCK_PREFIX + inner }] as const;
      });
      put({ op: 'setBlock', id: name, block: { ...block, nodes: Object.fromEntries(nodes) } });
    }
  }
  return names;
}

function freeId(taken: Record<string, unknown>, id: string): string {
  let free = id;
  for (let number = 2; free in taken; number += 1) {
    free = `${id.slice(0, 55)}_${number}`;
  }
  return free;
}

/** How far copied nodes move: to a place, and on to the side of the flow until they cover none. */
function shift(
  document: GraphDocument,
  nodes: GraphDocument['nodes'][string][],
  at: { x: number; y: number } | undefined
): [dx: number, dy: number] {
  const [xs, ys] = [nodes.map(node => node.x), nodes.map(node => node.y)];
  const middle = (values: number[]): number => (Math.min(...values) + Math.max(...values)) / 2;
  let dx = at ? Math.round((at.x - middle(xs)) / 10) * 10 : 0;
  let dy = at ? Math.round((at.y - middle(ys)) / 10) * 10 : 0;
  const isFree = (x: number, y: number): boolean =>
    [-GAP, GAP].every(gap => nodesAt(document, { x: x + gap, y }).length === 0);
  const coversSome = (): boolean => nodes.some(node => !isFree(node.x + dx, node.y + dy));
  const aside = flowOf(document).at(0, 40);
  while (nodes.length > 0 && coversSome()) {
    dx += aside.x;
    dy += aside.y;
  }
  return [dx, dy];
}

function usedBlocks(
  blocks: GraphDocument['blocks'],
  nodes: GraphDocument['nodes'],
  found = new Set<string>()
): Set<string> {
  for (const { kind } of Object.values(nodes)) {
    const id = kind.startsWith(BLOCK_PREFIX) ? kind.slice(BLOCK_PREFIX.length) : '';
    const block = blocks[id];
    if (block && !found.has(id)) {
      found.add(id);
      usedBlocks(blocks, block.nodes, found);
    }
  }
  return found;
}

function pick<T>(record: Record<string, T>, keep: (id: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([id]) => keep(id)));
}
