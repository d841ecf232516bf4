/** What people do besides adding, as operations: each list is one undo step. */
import type { Catalog, GraphDocument, GraphEdge, Operation } from '../generated';
import { canConnect } from './connections';
import { kindOf } from './kinds';
import { apply, edgesOf } from './operations';

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
  const card = kindOf(document, catalog, kind);
  const there = Object.entries(document.nodes).find(([, node]) => node.kind === kind);
  return card?.unique && there ? `A network has one ${card.label}, and ${there[0]} is there already.` : null;
}
