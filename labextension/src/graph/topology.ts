/** Who is connected with whom. The same orders as `patholearn_lab/graph/topology.py`. */
import type { GraphDocument, GraphEdge } from '../generated';

export type EdgeEntry = [id: string, edge: GraphEdge];

/** The connections of a document, computed once. Edges whose ends do not exist are left out. */
export class Topology {
  readonly incoming = new Map<string, EdgeEntry[]>();
  readonly outgoing = new Map<string, EdgeEntry[]>();

  constructor(document: GraphDocument) {
    for (const id of Object.keys(document.nodes)) {
      this.incoming.set(id, []);
      this.outgoing.set(id, []);
    }
    for (const entry of Object.entries(document.edges).sort(([a], [b]) => compareEdgeIds(a, b))) {
      const [from, to] = [this.outgoing.get(entry[1].from), this.incoming.get(entry[1].to)];
      if (from && to) {
        from.push(entry);
        to.push(entry);
      }
    }
  }

  /** The nodes that feed `node`, one entry per edge. */
  sources(node: string): string[] {
    return (this.incoming.get(node) ?? []).map(([, edge]) => edge.from);
  }

  /** The nodes that `node` feeds, one entry per edge. */
  targets(node: string): string[] {
    return (this.outgoing.get(node) ?? []).map(([, edge]) => edge.to);
  }

  /** Whether `end` is `start` or follows from it. */
  leads(start: string, end: string): boolean {
    const seen = new Set<string>();
    const stack = [start];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node === end) {
        return true;
      }
      if (!seen.has(node)) {
        seen.add(node);
        stack.push(...this.targets(node));
      }
    }
    return false;
  }

  /** The nodes, each after all that feed it; nodes on or behind a cycle are missing. */
  order(): string[] {
    const waiting = new Map([...this.incoming].map(([node, edges]) => [node, edges.length]));
    const ready = [...waiting].filter(([, count]) => count === 0).map(([node]) => node);
    ready.sort((a, b) => compare(b, a));
    const order: string[] = [];
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      order.push(node);
      for (const target of this.targets(node).reverse()) {
        const left = (waiting.get(target) ?? 0) - 1;
        waiting.set(target, left);
        if (left === 0) {
          ready.push(target);
        }
      }
    }
    return order;
  }
}

/** As people count: e2 before e10. A port that takes many edges takes them in this order. */
function compareEdgeIds(a: string, b: string): number {
  return a.length - b.length || compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
