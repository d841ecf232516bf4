/**
 * Which ports may be connected. The same rules, in the same order, as `patholearn_lab/graph/connections.py`;
 * `tests/golden/connections.json` holds the cases that both must agree on.
 */
import type { Catalog, GraphDocument, GraphEdge, Mend, Operation, Port, PortType, Refusal } from '../generated';
import { flowOf } from './flow';
import { kindOf } from './kinds';
import { nameOf, newEdgeId, newNodeId } from './names';
import { moveOn } from './places';
import { Topology } from './topology';

const WORDS: Record<PortType, string> = {
  image: 'an image (channels × height × width)',
  sequence: 'a sequence (steps × features)',
  vector: 'a vector (a row of values)',
  scores: 'scores'
};

/** Why an edge may not be added, or null where it may. Many questions about one document share its `topology`. */
export function canConnect(
  document: GraphDocument,
  catalog: Catalog,
  edge: GraphEdge,
  topology = new Topology(document)
): Refusal | null {
  for (const node of [edge.from, edge.to]) {
    if (!kindOf(document, catalog, document.nodes[node]?.kind ?? '')) {
      return refusal('unknown_node', `${node} is no node that can be connected.`);
    }
  }
  const giving = portOf(document, catalog, edge.from, 'outputs', edge.fromPort);
  const taking = portOf(document, catalog, edge.to, 'inputs', edge.toPort);
  if (!giving) {
    return refusal('unknown_port', `${nameOf(document, edge.from)} has no output called '${edge.fromPort}'.`);
  }
  if (!taking) {
    return refusal('unknown_port', `${nameOf(document, edge.to)} has no input called '${edge.toPort}'.`);
  }
  const [from, to] = [nameOf(document, edge.from), nameOf(document, edge.to)];
  if (topology.leads(edge.to, edge.from)) {
    return refusal('cycle', `${to} already leads to ${from}: data would run in a circle.`);
  }
  const there = (topology.incoming.get(edge.to) ?? []).filter(([, other]) => other.toPort === edge.toPort);
  if (there.some(([, other]) => other.from === edge.from && other.fromPort === edge.fromPort)) {
    return refusal('duplicate_edge', 'These two are connected already.');
  }
  const first = there[0];
  if (first && !taking.many) {
    return refusal(
      'port_taken',
      `${to} takes one connection here, and ${nameOf(document, first[1].from)} is connected already.`,
      {
        label: 'Replace the connection',
        operations: [
          ...there.map(([id]): Operation => ({ op: 'removeEdge', id })),
          { op: 'addEdge', id: newEdgeId(document), edge }
        ]
      }
    );
  }
  const given = outputTypes(document, catalog, topology, edge.from, edge.fromPort);
  if (taking.types.some(type => given.has(type))) {
    return null;
  }
  const message = `${from} gives ${either(given)}, but ${to} takes ${either(new Set(taking.types))}.`;
  const spread = given.size > 0 && [...given].every(type => type === 'image' || type === 'sequence');
  if (spread && taking.types.includes('vector')) {
    return refusal(
      'needs_flatten',
      `${message} A Flatten between them puts all values into one row.`,
      insertOnto(document, catalog, edge, 'flatten', 'Insert Flatten')
    );
  }
  return refusal('wrong_type', message);
}

/** The types that an output port can give, as far as the connections above it decide that. */
export function outputTypes(
  document: GraphDocument,
  catalog: Catalog,
  topology: Topology,
  node: string,
  port: string
): Set<PortType> {
  const seen = new Set<string>();
  const passed: PortType[][] = [];
  let given: PortType[] = [];
  for (;;) {
    const output = portOf(document, catalog, node, 'outputs', port);
    if (!output || output.same_as === null) {
      given = output?.types ?? [];
      break;
    }
    seen.add(node);
    passed.unshift(portOf(document, catalog, node, 'inputs', output.same_as)?.types ?? []);
    const above = (topology.incoming.get(node) ?? []).find(
      ([, edge]) => edge.toPort === output.same_as && !seen.has(edge.from)
    )?.[1];
    if (!above || !portOf(document, catalog, above.from, 'outputs', above.fromPort)) {
      break;
    }
    [node, port] = [above.from, above.fromPort];
  }
  for (const types of passed) {
    const fitting = types.filter(type => given.includes(type));
    given = fitting.length > 0 ? fitting : types;
  }
  return new Set(given);
}

/** The port of a node by its name. */
export function portOf(
  document: GraphDocument,
  catalog: Catalog,
  node: string,
  side: 'inputs' | 'outputs',
  name: string
): Port | undefined {
  return kindOf(document, catalog, document.nodes[node]?.kind ?? '')?.[side].find(port => port.name === name);
}

/** Puts a new node onto a connection that does not exist yet. The nodes behind it make room: they move on by one step. */
function insertOnto(document: GraphDocument, catalog: Catalog, edge: GraphEdge, kind: string, label: string): Mend {
  const card = kindOf(document, catalog, kind);
  const [input, output] = [card?.inputs[0], card?.outputs[0]];
  const target = document.nodes[edge.to];
  if (!input || !output || !target) {
    throw new Error(`The catalogue has no kind '${kind}' with an input and an output.`);
  }
  const id = newNodeId(document, catalog, kind);
  const before = newEdgeId(document);
  const flow = flowOf(document);
  return {
    label,
    operations: [
      ...moveOn(document, flow, flow.along(target), flow.step, edge.from),
      { op: 'addNode', id, node: { kind, params: {}, x: target.x, y: target.y, note: '' } },
      { op: 'addEdge', id: before, edge: { ...edge, to: id, toPort: input.name } },
      { op: 'addEdge', id: newEdgeId(document, [before]), edge: { ...edge, from: id, fromPort: output.name } }
    ]
  };
}

function refusal(code: string, message: string, mend: Mend | null = null): Refusal {
  return { code, message, mend };
}

function either(types: Set<PortType>): string {
  return (
    [...types]
      .sort()
      .map(type => WORDS[type])
      .join(' or ') || 'nothing known'
  );
}
