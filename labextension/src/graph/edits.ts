/** What people do, as operations: add a kind, delete a selection. Each list is one undo step. */
import type { Catalog, GraphDocument, GraphEdge, Operation } from '../generated';
import { canConnect } from './connections';
import { ROW } from './layout';
import { newEdgeId, newNodeId } from './names';
import { apply, edgesOf } from './operations';
import { Topology } from './topology';

/** What an edit does, and the node it makes. */
export interface Addition {
  id: string;
  operations: Operation[];
}

/** Adds a node at a place, without connections. */
export function addNodeAt(document: GraphDocument, catalog: Catalog, kind: string, x: number, y: number): Addition {
  const id = newNodeId(document, catalog, kind);
  return { id, operations: [{ op: 'addNode', id, node: { kind, params: {}, x, y, note: '' } }] };
}

/**
 * Adds a node below `after` and wires it: where a connection leads on from there, the new node is put onto it; else it
 * is connected as far as the types fit. The nodes below move down by one row.
 */
export function addNodeAfter(document: GraphDocument, catalog: Catalog, kind: string, after: string): Addition {
  const above = document.nodes[after];
  if (!above) {
    return addNodeAt(document, catalog, kind, 0, 0);
  }
  const place = { x: above.x, y: above.y + ROW };
  const added = addNodeAt(document, catalog, kind, place.x, place.y);
  const card = catalog.kinds[kind];
  const [input, output] = [card?.inputs[0], card?.outputs[0]];
  const giving = catalog.kinds[above.kind]?.outputs[0];
  const below = new Topology(document).outgoing.get(after) ?? [];
  const makesRoom = below.some(([, edge]) => (document.nodes[edge.to]?.y ?? 0) < place.y + ROW);
  const moves = Object.entries(document.nodes).flatMap(([id, node]): Operation[] =>
    makesRoom && node.y >= place.y - ROW / 2 && id !== after ? [{ op: 'moveNode', id, x: node.x, y: node.y + ROW }] : []
  );
  let operations = [...moves, ...added.operations];
  if (!input || !giving) {
    return { id: added.id, operations };
  }
  const before: GraphEdge = { from: after, fromPort: giving.name, to: added.id, toPort: input.name };
  const grown = apply(document, operations);
  if (canConnect(grown, catalog, before)) {
    return { id: added.id, operations };
  }
  operations = [...operations, { op: 'addEdge', id: newEdgeId(grown), edge: before }];
  for (const [id, edge] of output ? below.filter(([, other]) => other.fromPort === giving.name) : []) {
    const moved: GraphEdge = { ...edge, from: added.id, fromPort: output?.name ?? '' };
    const without = apply(document, [...operations, { op: 'removeEdge', id }]);
    if (!canConnect(without, catalog, moved)) {
      operations = [...operations, { op: 'addEdge', id, edge: moved }];
    }
  }
  return { id: added.id, operations };
}

/** Deletes nodes and edges. What fed a deleted node feeds what came after it, where the types fit. */
export function deleteSelection(
  document: GraphDocument,
  catalog: Catalog,
  nodes: readonly string[],
  edges: readonly string[]
): Operation[] {
  let operations: Operation[] = edges.map(id => ({ op: 'removeEdge', id }));
  for (const node of nodes) {
    const current = apply(document, operations);
    const around = edgesOf(current, node);
    const feeding = around.filter(([, edge]) => edge.to === node);
    const fed = around.filter(([, edge]) => edge.from === node);
    operations = [...operations, { op: 'removeNode', id: node }];
    const source = feeding.length === 1 ? feeding[0]?.[1] : undefined;
    for (const [id, edge] of source ? fed : []) {
      const joined: GraphEdge = { ...edge, from: source?.from ?? '', fromPort: source?.fromPort ?? '' };
      if (!canConnect(apply(document, operations), catalog, joined)) {
        operations = [...operations, { op: 'addEdge', id, edge: joined }];
      }
    }
  }
  return operations;
}

/** Why one more node of a kind cannot be added, or null. */
export function whyNotAdd(document: GraphDocument, catalog: Catalog, kind: string): string | null {
  const card = catalog.kinds[kind];
  const there = Object.entries(document.nodes).find(([, node]) => node.kind === kind);
  return card?.unique && there ? `A network has one ${card.label}, and ${there[0]} is there already.` : null;
}
