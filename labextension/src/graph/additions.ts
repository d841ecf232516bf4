/** Adding a node: at a place, behind another node, onto a connection. Each is one undo step. */
import type { Catalog, GraphDocument, GraphEdge, GraphNode, Operation } from '../generated';
import { canConnect } from './connections';
import { kindOf } from './kinds';
import { flowOf, type Place } from './flow';
import { newEdgeId, newNodeId } from './names';
import { apply } from './operations';
import { freePlace, moveOn, nodesAt } from './places';
import { Topology } from './topology';

const END = 'Output';

/** What an edit does, and the node it makes. */
export interface Addition {
  id: string;
  operations: Operation[];
}

/**
 * Adds a node at a place, without connections. Where a card lies already, it comes to stand behind that in the flow; an
 * output gives way instead, because layers belong before it.
 */
export function addNodeAt(document: GraphDocument, catalog: Catalog, kind: string, x: number, y: number): Addition {
  const flow = flowOf(document);
  const ends = Object.keys(document.nodes).filter(id => isEnd(catalog, document.nodes[id]?.kind ?? ''));
  const givingWay = isEnd(catalog, kind) ? [] : ends;
  const staying = apply(
    document,
    givingWay.map(id => ({ op: 'removeNode', id }))
  );
  const free = freePlace(staying, flow, { x, y });
  const first = Math.min(...nodesAt(document, free).map(([, node]) => flow.along(node)));
  const added = newNode(document, catalog, kind, free);
  const moves = moveOn(document, flow, first, flow.along(free) + flow.tight - first);
  return { id: added.id, operations: [...moves, ...added.operations] };
}

/**
 * Adds a node behind `after` and wires it: where a connection leads on from there, the new node is put onto it; else it
 * is connected as far as the types fit, also with an output that still waits for something. What is in the way there
 * moves on.
 */
export function addNodeAfter(document: GraphDocument, catalog: Catalog, kind: string, after: string): Addition {
  const before = document.nodes[after];
  if (!before) {
    return addNodeAt(document, catalog, kind, 0, 0);
  }
  const flow = flowOf(document);
  const along = flow.along(before) + flow.step;
  const place = flow.at(along, flow.across(before));
  const leading = new Topology(document).outgoing.get(after) ?? [];
  const covered = nodesAt(document, place)
    .filter(([id]) => id !== after)
    .map(([, node]) => flow.along(node));
  const lacksRoom =
    covered.length > 0 || leading.some(([, edge]) => isNearer(document.nodes[edge.to], along + flow.step));
  const first = Math.min(along - flow.step / 2, ...covered);
  const distance = Math.max(flow.step, ...covered.map(other => along + flow.step - other));
  const added = newNode(document, catalog, kind, place);
  const operations = [...(lacksRoom ? moveOn(document, flow, first, distance, after) : []), ...added.operations];
  const giving = kindOf(document, catalog, before.kind)?.outputs[0];
  const input = kindOf(document, catalog, kind)?.inputs[0];
  if (!input || !giving) {
    return { id: added.id, operations };
  }
  const wiring = new Wiring(apply(document, operations), catalog);
  if (wiring.connect({ from: after, fromPort: giving.name, to: added.id, toPort: input.name })) {
    const next = leading.filter(([, edge]) => edge.fromPort === giving.name);
    for (const [id, edge] of next) {
      wiring.lead(added.id, edge, id);
    }
    if (next.length === 0) {
      wiring.leadToEnds(added.id);
    }
  }
  return { id: added.id, operations: [...operations, ...wiring.operations] };

  function isNearer(node: GraphNode | undefined, than: number): boolean {
    return node !== undefined && flow.along(node) < than;
  }
}

/** Puts a node onto a connection, at a place between its ends; undefined where the types do not fit. */
export function addNodeOnto(
  document: GraphDocument,
  catalog: Catalog,
  kind: string,
  edgeId: string,
  place: Place
): Addition | undefined {
  const edge = document.edges[edgeId];
  const [source, target] = [document.nodes[edge?.from ?? ''], document.nodes[edge?.to ?? '']];
  const input = kindOf(document, catalog, kind)?.inputs[0];
  if (!edge || !source || !target || !input) {
    return undefined;
  }
  const flow = flowOf(document);
  const [start, end] = [flow.along(source), flow.along(target)];
  const isStraight = flow.across(source) === flow.across(target);
  const along = Math.max(flow.along(place), Math.min(start, end) + flow.tight);
  const moves = end > start ? moveOn(document, flow, end, along + flow.tight - end, edge.from) : [];
  const wanted = flow.at(along, flow.across(isStraight ? source : place));
  const added = newNode(document, catalog, kind, freePlace(apply(document, moves), flow, wanted));
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

function newNode(document: GraphDocument, catalog: Catalog, kind: string, { x, y }: Place): Addition {
  const id = newNodeId(document, catalog, kind);
  return { id, operations: [{ op: 'addNode', id, node: { kind, params: {}, x, y, note: '' } }] };
}

function isEnd(catalog: Catalog, kind: string): boolean {
  return catalog.kinds[kind]?.category === END;
}
