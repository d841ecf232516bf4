/** Which kinds fit: at a port, and in the place of a node. */
import type { Catalog, GraphDocument, GraphEdge, KindCard, Operation, Port } from '../generated';
import { type Addition, addNodeAt } from './additions';
import { canConnect, outputTypes } from './connections';
import { whyNotAdd } from './edits';
import { BLOCK_PREFIX, kindOf } from './kinds';
import { newEdgeId, newNodeId } from './names';
import { apply, edgesOf } from './operations';
import { Topology } from './topology';

/** A port of a node that a new one is to be connected with. */
export interface OpenPort {
  node: string;
  side: 'inputs' | 'outputs';
  port: Port;
}

/** Every kind that can be added just now: those of a first network before all others, and ends last among each. */
export function kindsToAdd(document: GraphDocument, catalog: Catalog): KindCard[] {
  const rank = (card: KindCard): number => (card.category === 'Output' || card.category === 'Data' ? 1 : 0);
  const kinds = Object.values(catalog.kinds)
    .filter(({ kind }) => whyNotAdd(document, catalog, kind) === null)
    .sort((a, b) => rank(a) - rank(b));
  const blocks = Object.keys(document.blocks).flatMap(id => kindOf(document, catalog, BLOCK_PREFIX + id) ?? []);
  return [...kinds.filter(kind => kind.basic), ...blocks, ...kinds.filter(kind => !kind.basic)];
}

/** The kinds whose nodes can be connected with a port. */
export function kindsAt(document: GraphDocument, catalog: Catalog, open: OpenPort): KindCard[] {
  const topology = new Topology(document);
  return kindsToAdd(document, catalog).filter(({ kind }) => edgeTo(document, catalog, topology, kind, open, 'new'));
}

/** Adds a node at a place and connects it with a port; undefined where no port of it fits. */
export function addNodeWith(
  document: GraphDocument,
  catalog: Catalog,
  kind: string,
  open: OpenPort,
  x: number,
  y: number
): Addition | undefined {
  const { id, operations } = addNodeAt(document, catalog, kind, x, y);
  const edge = edgeTo(document, catalog, new Topology(document), kind, open, id);
  return edge && { id, operations: [...operations, { op: 'addEdge', id: newEdgeId(document), edge }] };
}

/** The first connection that a port allows with a new node of a kind. */
function edgeTo(
  document: GraphDocument,
  catalog: Catalog,
  topology: Topology,
  kind: string,
  open: OpenPort,
  id: string
): GraphEdge | undefined {
  const after = { ...document, nodes: { ...document.nodes, [id]: { kind, params: {}, x: 0, y: 0, note: '' } } };
  const card = kindOf(document, catalog, kind);
  const own = (open.side === 'outputs' ? card?.inputs : card?.outputs) ?? [];
  return own
    .map((port): GraphEdge => {
      const [giving, taking] = open.side === 'outputs' ? [open, { node: id, port }] : [{ node: id, port }, open];
      return { from: giving.node, fromPort: giving.port.name, to: taking.node, toPort: taking.port.name };
    })
    .find(edge => canConnect(after, catalog, edge, topology) === null);
}

/** The kinds that a node may become without losing a connection, its own category first. */
export function kindsInPlaceOf(document: GraphDocument, catalog: Catalog, node: string): KindCard[] {
  const own = document.nodes[node]?.kind ?? '';
  const category = kindOf(document, catalog, own)?.category;
  const rank = (card: KindCard): number => (card.category === category ? 0 : 1);
  return kindsToAdd(document, catalog)
    .filter(({ kind }) => kind !== own && swapKind(document, catalog, node, kind) !== undefined)
    .sort((a, b) => rank(a) - rank(b));
}

/**
 * Turns a node into one of another kind, with its connections, its place and what both kinds have of its settings;
 * undefined where a connection would not fit any more, there or further down. A node whose id says what it was, such as
 * `relu_1`, gets another: it is the layer's name in the code.
 */
export function swapKind(document: GraphDocument, catalog: Catalog, id: string, kind: string): Addition | undefined {
  const node = document.nodes[id];
  const [old, card] = [kindOf(document, catalog, node?.kind ?? ''), kindOf(document, catalog, kind)];
  if (!node || !old || !card) {
    return undefined;
  }
  const operations: Operation[] = [{ op: 'setKind', id, kind }];
  const lost = Object.keys(node.params).filter(name => !isKept(old, card, name, node.params[name]));
  if (lost.length > 0) {
    operations.unshift({ op: 'setParams', id, params: Object.fromEntries(lost.map(name => [name, null])) });
  }
  for (const [key, edge] of edgesOf(document, id)) {
    const fromPort = edge.from === id ? counterpart(old.outputs, card.outputs, edge.fromPort) : edge.fromPort;
    const toPort = edge.to === id ? counterpart(old.inputs, card.inputs, edge.toPort) : edge.toPort;
    if (fromPort === undefined || toPort === undefined) {
      return undefined;
    }
    if (fromPort !== edge.fromPort || toPort !== edge.toPort) {
      operations.push({ op: 'addEdge', id: key, edge: { ...edge, fromPort, toPort } });
    }
  }
  const after = apply(document, operations);
  if (!fitsAll(after, catalog, id)) {
    return undefined;
  }
  const isNamed = !new RegExp(`^${old.stem}(_\\d+)?$`).test(id);
  return isNamed || old.stem === card.stem ? { id, operations } : renamed(document, after, catalog, id);
}

/** The operations that give a node that changed its kind the id that a new one of that kind would get. */
function renamed(before: GraphDocument, after: GraphDocument, catalog: Catalog, id: string): Addition | undefined {
  const node = after.nodes[id];
  if (!node) {
    return undefined;
  }
  const now = newNodeId(before, catalog, node.kind);
  const name = (other: string): string => (other === id ? now : other);
  return {
    id: now,
    operations: [
      { op: 'addNode', id: now, node },
      { op: 'removeNode', id },
      ...edgesOf(after, id).map(([key, edge]): Operation => ({
        op: 'addEdge',
        id: key,
        edge: { ...edge, from: name(edge.from), to: name(edge.to) }
      })),
      ...Object.entries(after.frames)
        .filter(([, frame]) => frame.nodes.includes(id))
        .map(([key, frame]): Operation => ({
          op: 'setFrame',
          id: key,
          frame: { ...frame, nodes: frame.nodes.map(name) }
        }))
    ]
  };
}

/** Whether every connection below a node, and at it, takes what comes. */
function fitsAll(document: GraphDocument, catalog: Catalog, from: string): boolean {
  const topology = new Topology(document);
  const seen = new Set<string>();
  const fits = (edge: GraphEdge): boolean => {
    const given = outputTypes(document, catalog, topology, edge.from, edge.fromPort);
    const target = kindOf(document, catalog, document.nodes[edge.to]?.kind ?? '');
    return target?.inputs.find(port => port.name === edge.toPort)?.types.some(type => given.has(type)) ?? false;
  };
  const incoming = topology.incoming.get(from) ?? [];
  const ports = new Set(incoming.map(([, edge]) => edge.toPort));
  const many = kindOf(document, catalog, document.nodes[from]?.kind ?? '')?.inputs.some(port => port.many) ?? false;
  const waiting = [from];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!seen.has(node)) {
      seen.add(node);
      const outgoing = topology.outgoing.get(node) ?? [];
      if (!outgoing.every(([, edge]) => fits(edge))) {
        return false;
      }
      waiting.push(...outgoing.map(([, edge]) => edge.to));
    }
  }
  return incoming.every(([, edge]) => fits(edge)) && (many || ports.size === incoming.length);
}

/** The port of the new kind that takes the place of one of the old kind: by its name, else by its number. */
function counterpart(old: readonly Port[], now: readonly Port[], name: string): string | undefined {
  return (now.find(port => port.name === name) ?? now[old.findIndex(port => port.name === name)])?.name;
}

/** A setting stays where the new kind has one of the same name and type that may have this value. */
function isKept(old: KindCard, card: KindCard, name: string, value: unknown): boolean {
  const [before, after] = [old, card].map(kind => kind.params.find(param => param.name === name));
  return (
    before !== undefined &&
    after?.type === before.type &&
    (after.type !== 'choice' || after.choices.includes(String(value))) &&
    (typeof value !== 'number' ||
      ((after.minimum === null || value >= after.minimum) && (after.maximum === null || value <= after.maximum)))
  );
}
