/**
 * The kinds that the nodes of a document may have: those of the catalogue and the document's own blocks, derived as in
 * `patholearn_lab/graph/kinds.py`.
 */
import { borderKind } from './interior';
import type { Block, Catalog, GraphDocument, KindCard, Port, PortType } from '../generated';

export const BLOCK_PREFIX = 'block/';
const TYPES: readonly PortType[] = ['image', 'sequence', 'vector'];

type Blocks = GraphDocument['blocks'];

/** Cards of blocks by the mapping of blocks, which operations leave in place unless they change a block. */
const cards = new WeakMap<Catalog, WeakMap<Blocks, Map<string, KindCard | undefined>>>();

/** What the editor knows about a kind; undefined where there is none, or it is a block that contains itself. */
export function kindOf(document: GraphDocument, catalog: Catalog, kind: string): KindCard | undefined {
  return borderKind(kind) ?? lookUp(document.blocks, catalog, kind);
}

function lookUp(blocks: Blocks, catalog: Catalog, kind: string): KindCard | undefined {
  if (!kind.startsWith(BLOCK_PREFIX)) {
    return catalog.kinds[kind];
  }
  const known = knownCards(blocks, catalog);
  if (!known.has(kind)) {
    const id = kind.slice(BLOCK_PREFIX.length);
    const block = Object.hasOwn(blocks, id) ? blocks[id] : undefined;
    known.set(kind, block && !containsItself(blocks, id) ? cardOf(blocks, catalog, id, block) : undefined);
  }
  return known.get(kind);
}

function knownCards(blocks: Blocks, catalog: Catalog): Map<string, KindCard | undefined> {
  const ofCatalog = cards.get(catalog) ?? new WeakMap<Blocks, Map<string, KindCard | undefined>>();
  cards.set(catalog, ofCatalog);
  const known = ofCatalog.get(blocks) ?? new Map<string, KindCard | undefined>();
  ofCatalog.set(blocks, known);
  return known;
}

/** Whether a block, or one inside it, is in a circle of blocks. */
function containsItself(blocks: Blocks, id: string, above: readonly string[] = [], clear = new Set<string>()): boolean {
  if (above.includes(id)) {
    return true;
  }
  if (clear.has(id)) {
    return false;
  }
  const inner = new Set(
    Object.values(blocks[id]?.nodes ?? {})
      .filter(node => node.kind.startsWith(BLOCK_PREFIX))
      .map(node => node.kind.slice(BLOCK_PREFIX.length))
  );
  const found = [...inner].some(name => containsItself(blocks, name, [...above, id], clear));
  clear.add(id);
  return found;
}

function cardOf(blocks: Blocks, catalog: Catalog, id: string, block: Block): KindCard {
  const names = [...new Set(block.inputs.map(entry => entry.name))];
  const port = (name: string, label: string, types: PortType[], sameAs: string | null = null): Port => ({
    name,
    label: label || name,
    types,
    same_as: sameAs,
    many: false
  });
  return {
    kind: BLOCK_PREFIX + id,
    label: block.label || id,
    category: 'Blocks',
    summary: `A block of ${String(Object.keys(block.nodes).length)} nodes.`,
    stem: id.slice(0, 50).toLowerCase().replaceAll('-', '_'),
    unique: false,
    first_plain: false,
    basic: true,
    inputs: names.map(name => {
      const entries = block.inputs.filter(entry => entry.name === name);
      const taken = entries.map(entry => portInside(blocks, catalog, block, entry.node, 'inputs', entry.port));
      const types = TYPES.filter(type => taken.every(taking => taking?.types.includes(type)));
      return port(name, entries[0]?.label ?? '', types);
    }),
    outputs: block.outputs.map(output => {
      const [types, sameAs] = given(blocks, catalog, block, output.node, output.port);
      return port(output.name, output.label, types, sameAs);
    }),
    params: block.params.map(param => ({ ...param, label: param.label || param.name, suggestions: '' })),
    help: '',
    torch: ''
  };
}

/** The types that an output inside gives, or the input of the block whose type it keeps. */
function given(
  blocks: Blocks,
  catalog: Catalog,
  block: Block,
  node: string,
  name: string
): [types: PortType[], sameAs: string | null] {
  for (let steps = Object.keys(block.nodes).length; steps > 0; steps -= 1) {
    const giving = portInside(blocks, catalog, block, node, 'outputs', name);
    if (!giving) {
      return [[], null];
    }
    if (giving.same_as === null) {
      return [giving.types, null];
    }
    const above = firstAbove(block, node, giving.same_as);
    if (!above) {
      return [portInside(blocks, catalog, block, node, 'inputs', giving.same_as)?.types ?? [], null];
    }
    if (typeof above === 'string') {
      return [[], above];
    }
    [node, name] = [above.from, above.fromPort];
  }
  return [[], null];
}

/** What comes in first at a port inside: an edge, or the name of the block's input. */
function firstAbove(block: Block, node: string, port: string): { from: string; fromPort: string } | string | undefined {
  const edges = Object.entries(block.edges)
    .filter(([, edge]) => edge.to === node && edge.toPort === port && edge.from in block.nodes)
    .map(([id, edge]): [string, { from: string; fromPort: string } | string] => [id, edge]);
  const inputs = block.inputs
    .filter(entry => entry.node === node && entry.port === port)
    .map((entry): [string, { from: string; fromPort: string } | string] => [entry.edge, entry.name]);
  const [first] = [...edges, ...inputs].sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return first?.[1];
}

function portInside(
  blocks: Blocks,
  catalog: Catalog,
  block: Block,
  node: string,
  side: 'inputs' | 'outputs',
  name: string
): Port | undefined {
  return lookUp(blocks, catalog, block.nodes[node]?.kind ?? '')?.[side].find(port => port.name === name);
}
