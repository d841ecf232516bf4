/** Adding a node: at a place, below another node, onto a connection. Each is one undo step. */
import type { Catalog, GraphDocument, GraphEdge, Operation } from '../generated';
import { canConnect } from './connections';
import { kindOf } from './kinds';
import { ROW } from './layout';
import { newEdgeId, newNodeId } from './names';
import { apply } from './operations';
import { freeBelow, moveDown, nodesAt, STEP } from './places';
import { Topology } from './topology';

const END = 'Output';

/** What an edit does, and the node it makes. */
export interface Addition {
  id: string;
  operations: Operation[];
}

/**
 * Adds a node at a place, without connections. Where a card lies already, it comes to stand below that; an output gives
 * way instead, because layers belong above it.
 */
export function addNodeAt(document: GraphDocument, catalog: Catalog, kind: string, x: number, y: number): Addition {
  const ends = Object.keys(document.nodes).filter(id => isEnd(catalog, document.nodes[id]?.kind ?? ''));
  const givingWay = isEnd(catalog, kind) ? [] : ends;
  const staying = apply(
    document,
    givingWay.map(id => ({ op: 'removeNode', id }))
  );
  const free = freeBelow(staying, x, y);
  const covered = nodesAt(document, x, free).map(([, node]) => node.y);
  const top = Math.min(...covered);
  const added = newNode(document, catalog, kind, x, free);
  return { id: added.id, operations: [...moveDown(document, top, free + STEP - top), ...added.operations] };
}

/**
 * Adds a node below `after` and wires it: where a connection leads on from there, the new node is put onto it; else it
 * is connected as far as the types fit, also with an output that still waits for something. What is in the way below
 * moves down.
 */
export function addNodeAfter(document: GraphDocument, catalog: Catalog, kind: string, after: string): Addition {
  const above = document.nodes[after];
  if (!above) {
    return addNodeAt(document, catalog, kind, 0, 0);
  }
  const [x, y] = [above.x, above.y + ROW];
  const below = new Topology(document).outgoing.get(after) ?? [];
  const covered = nodesAt(document, x, y).filter(([id]) => id !== after);
  const lacksRoom = covered.length > 0 || below.some(([, edge]) => (document.nodes[edge.to]?.y ?? 0) < y + ROW);
  const top = Math.min(y - ROW / 2, ...covered.map(([, node]) => node.y));
  const distance = Math.max(ROW, ...covered.map(([, node]) => y + ROW - node.y));
  const added = newNode(document, catalog, kind, x, y);
  const operations = [...(lacksRoom ? moveDown(document, top, distance, after) : []), ...added.operations];
  const giving = kindOf(document, catalog, above.kind)?.outputs[0];
  const input = kindOf(document, catalog, kind)?.inputs[0];
  if (!input || !giving) {
    return { id: added.id, operations };
  }
  const wiring = new Wiring(apply(document, operations), catalog);
  if (wiring.connect({ from: after, fromPort: giving.name, to: added.id, toPort: input.name })) {
    const next = below.filter(([, edge]) => edge.fromPort === giving.name);
    for (const [id, edge] of next) {
      wiring.lead(added.id, edge, id);
    }
    if (next.length === 0) {
      wiring.leadToEnds(added.id);
    }
  }
  return { id: added.id, operations: [...operations, ...wiring.operations] };
}

/** Puts a node onto a connection, at a height between its ends; undefined where the types do not fit. */
export function addNodeOnto(
  document: GraphDocument,
  catalog: Catalog,
  kind: string,
  edgeId: string,
  place: { x: number; y: number }
): Addition | undefined {
  const edge = document.edges[edgeId];
  const [above, below] = [document.nodes[edge?.from ?? ''], document.nodes[edge?.to ?? '']];
  const input = kindOf(document, catalog, kind)?.inputs[0];
  if (!edge || !above || !below || !input) {
    return undefined;
  }
  const x = above.x === below.x ? above.x : place.x;
  const y = Math.max(place.y, Math.min(above.y, below.y) + STEP);
  const moves = below.y > above.y ? moveDown(document, below.y, y + STEP - below.y, edge.from) : [];
  const added = newNode(document, catalog, kind, x, freeBelow(apply(document, moves), x, y));
  const operations = [...moves, ...added.operations];
  const wiring = new Wiring(apply(document, operations), catalog);
  const fits = wiring.connect({ ...edge, to: added.id, toPort: input.name }) && wiring.lead(added.id, edge, edgeId);
  return fits ? { id: added.id, operations: [...operations, ...wiring.operations] } : undefined;
}

/** Connections made one after the other, each only where it is allowed. */
class Wiring {
  readonly operations: Operation[] = [];

  constructor(
    private document: GraphDocument,
    private readonly catalog: Catalog
  ) {}

  /** Makes a connection, in place of the one that has the id. */
  connect(edge: GraphEdge, id = newEdgeId(this.document)): boolean {
    const without = apply(this.document, [{ op: 'removeEdge', id }]);
    if (canConnect(without, this.catalog, edge)) {
      return false;
    }
    const operation: Operation = { op: 'addEdge', id, edge };
    this.operations.push(operation);
    this.document = apply(this.document, [operation]);
    return true;
  }

  /** Lets a connection begin at `node`. */
  lead(node: string, edge: GraphEdge, id: string): boolean {
    const output = kindOf(this.document, this.catalog, this.document.nodes[node]?.kind ?? '')?.outputs[0];
    return output !== undefined && this.connect({ ...edge, from: node, fromPort: output.name }, id);
  }

  /** Connects a node with every output that it fits to and that gets nothing yet. */
  leadToEnds(node: string): void {
    for (const [id, { kind }] of Object.entries(this.document.nodes)) {
      const input = isEnd(this.catalog, kind) ? this.catalog.kinds[kind]?.inputs[0] : undefined;
      if (input && id !== node) {
        this.lead(node, { from: node, fromPort: '', to: id, toPort: input.name }, newEdgeId(this.document));
      }
    }
  }
}

function newNode(document: GraphDocument, catalog: Catalog, kind: string, x: number, y: number): Addition {
  const id = newNodeId(document, catalog, kind);
  return { id, operations: [{ op: 'addNode', id, node: { kind, params: {}, x, y, note: '' } }] };
}

function isEnd(catalog: Catalog, kind: string): boolean {
  return catalog.kinds[kind]?.category === END;
}
