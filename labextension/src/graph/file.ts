/** The text of an `*.arch.json` file: the same bytes as `patholearn_lab/graph/document.py` writes. */
import {
  type Color,
  type Comment,
  type Frame,
  type GraphDocument,
  ID,
  MAX_BLOCKS,
  MAX_BYTES,
  MAX_COMMENTS,
  MAX_EDGES,
  MAX_FRAMES,
  MAX_NODES,
  MAX_REMARKS,
  MAX_TEXT,
  type Remark,
  SCHEMA_VERSION
} from '../generated';

export type Json = Record<string, unknown>;

/** Why a text is no architecture, and what to do about it. */
export class FileProblem extends Error {
  constructor(
    message: string,
    readonly hint: string
  ) {
    super(message);
    this.name = 'FileProblem';
  }
}

/**
 * Reads the text of a file. It looks at what the editor relies on; the server's check knows the rest.
 *
 * Throws a `FileProblem` where the text is no architecture, or one of a newer PathoLearn Lab.
 */
export function readDocument(text: string): GraphDocument {
  if (text.length > MAX_BYTES) {
    throw problem(`The file has ${Math.round(text.length / 1e6)} MB; at most ${MAX_BYTES / 1e6} MB are read.`);
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (reason) {
    throw problem(`The file is not valid JSON: ${reason instanceof Error ? reason.message : String(reason)}.`);
  }
  const document = object(raw, 'The file');
  const version = document['schemaVersion'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw problem('The file has no schemaVersion, so it is no architecture.');
  }
  if (version > SCHEMA_VERSION) {
    throw new FileProblem(
      `The architecture was written with schema version ${version}; this PathoLearn Lab reads version ${SCHEMA_VERSION} and older.`,
      'Update PathoLearn Lab to open it: pip install --upgrade patholearn-lab'
    );
  }
  const nodes = part(document, 'nodes', MAX_NODES, readNode);
  const edges = part(document, 'edges', MAX_EDGES, readEdge);
  return {
    schemaVersion: SCHEMA_VERSION,
    nodes,
    edges,
    blocks: part(document, 'blocks', MAX_BLOCKS, readBlock),
    // Frames were called groups, and had no color, before version 3.
    frames: part(document, version < 3 ? 'groups' : 'frames', MAX_FRAMES, readFrame),
    remarks: part(document, 'remarks', MAX_REMARKS, readRemark),
    comments: part(document, 'comments', MAX_COMMENTS, readComment),
    meta: readMeta(object(document['meta'] ?? {}, 'meta'))
  };
}

/** Equal documents give equal text: what has a key is sorted by it. */
export function writeDocument(document: GraphDocument): string {
  const { schemaVersion, meta } = document;
  const [nodes, edges] = [sortedNodes(document.nodes), sorted(document.edges)];
  const [frames, remarks, comments] = [sorted(document.frames), sorted(document.remarks), sorted(document.comments)];
  const blocks = Object.fromEntries(
    Object.entries(sorted(document.blocks)).map(([id, block]) => [
      id,
      { ...block, nodes: sortedNodes(block.nodes), edges: sorted(block.edges) }
    ])
  );
  return `${JSON.stringify({ schemaVersion, nodes, edges, blocks, frames, remarks, comments, meta }, null, 2)}\n`;
}

export function readMeta(raw: Json): GraphDocument['meta'] {
  const of = (name: string, otherwise: string): string => textOf(raw[name] ?? otherwise, `meta.${name}`);
  const origin = of('origin', '');
  return { id: of('id', ''), name: of('name', 'Network'), ...(origin && { origin }) };
}

export function readNode(raw: Json, place: string): GraphDocument['nodes'][string] {
  const params = object(raw['params'] ?? {}, `${place}.params`);
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && !['boolean', 'number', 'string'].includes(typeof value)) {
      throw problem(`${place}.params.${name} is neither a number, a text nor a truth value.`);
    }
    if (typeof value === 'string' && value.length > MAX_TEXT) {
      throw problem(`${place}.params.${name} has ${value.length} characters; at most ${MAX_TEXT} are read.`);
    }
  }
  return {
    kind: textOf(raw['kind'], `${place}.kind`),
    params: params as GraphDocument['nodes'][string]['params'],
    x: numberOf(raw['x'] ?? 0, `${place}.x`),
    y: numberOf(raw['y'] ?? 0, `${place}.y`),
    note: textOf(raw['note'] ?? '', `${place}.note`)
  };
}

export function readEdge(raw: Json, place: string): GraphDocument['edges'][string] {
  const of = (name: string): string => textOf(raw[name], `${place}.${name}`);
  return { from: of('from'), fromPort: of('fromPort'), to: of('to'), toPort: of('toPort') };
}

export function readFrame(raw: Json, place: string): Frame {
  const members = raw['nodes'] ?? [];
  if (!Array.isArray(members)) {
    throw problem(`${place}.nodes is no list.`);
  }
  return {
    label: textOf(raw['label'] ?? '', `${place}.label`),
    color: textOf(raw['color'] ?? 'blue', `${place}.color`) as Color,
    nodes: members.map(id => textOf(id, `${place}.nodes`))
  };
}

export function readRemark(raw: Json, place: string): Remark {
  const number = (name: string, otherwise: number): number => numberOf(raw[name] ?? otherwise, `${place}.${name}`);
  return {
    text: textOf(raw['text'] ?? '', `${place}.text`),
    color: textOf(raw['color'] ?? 'yellow', `${place}.color`) as Color,
    x: number('x', 0),
    y: number('y', 0),
    width: number('width', 200),
    height: number('height', 100)
  };
}

export function readComment(raw: Json, place: string): Comment {
  const of = (name: string): string => textOf(raw[name] ?? '', `${place}.${name}`);
  const answerTo = raw['answerTo'] ?? null;
  return {
    node: of('node'),
    text: of('text'),
    author: of('author'),
    account: of('account'),
    time: of('time'),
    answerTo: answerTo === null ? null : textOf(answerTo, `${place}.answerTo`),
    resolved: raw['resolved'] === true
  };
}

export function readBlock(raw: Json, place: string): GraphDocument['blocks'][string] {
  const list = (name: keyof typeof FIELDS): Json[] => {
    const items = raw[name] ?? [];
    if (!Array.isArray(items)) {
      throw problem(`${place}.${name} is no list.`);
    }
    return items.map((item, index) => inOrder(object(item, `${place}.${name}.${index}`), FIELDS[name]));
  };
  return {
    label: textOf(raw['label'] ?? '', `${place}.label`),
    params: list('params'),
    nodes: part(raw, 'nodes', MAX_NODES, readNode, `${place}.`),
    edges: part(raw, 'edges', MAX_EDGES, readEdge, `${place}.`),
    inputs: list('inputs'),
    outputs: list('outputs')
  } as unknown as GraphDocument['blocks'][string];
}

/** The order in which Python writes them: what comes out of a shared map has none. */
const FIELDS = {
  params: ['name', 'type', 'default', 'label', 'help', 'minimum', 'maximum', 'choices', 'unit', 'basic'],
  inputs: ['name', 'label', 'node', 'port', 'edge'],
  outputs: ['name', 'label', 'node', 'port']
} as const;

function inOrder(item: Json, fields: readonly string[]): Json {
  return Object.fromEntries(fields.filter(name => name in item).map(name => [name, item[name]]));
}

function part<T>(
  raw: Json,
  name: string,
  limit: number,
  read: (item: Json, place: string) => T,
  above = ''
): Record<string, T> {
  const entries = Object.entries(object(raw[name] ?? {}, `${above}${name}`));
  if (entries.length > limit) {
    throw problem(`${above}${name} has ${entries.length} entries; at most ${limit} are read.`);
  }
  return Object.fromEntries(
    entries.map(([id, item]) => {
      const place = `${above}${name}.${id}`;
      if (!ID.test(id)) {
        throw problem(`${place}: that is no id. An id has letters, digits, _ and -, and begins with no digit.`);
      }
      return [id, read(object(item, place), place)];
    })
  );
}

function object(value: unknown, place: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw problem(`${place} is no JSON object.`);
  }
  return value as Json;
}

function textOf(value: unknown, place: string): string {
  if (typeof value !== 'string') {
    throw problem(`${place} is no text.`);
  }
  return value;
}

function numberOf(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw problem(`${place} is no number.`);
  }
  return value;
}

function problem(message: string): FileProblem {
  return new FileProblem(message, 'Choose a file that ends in .arch.json and was saved by the graph editor.');
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sortedNodes(nodes: GraphDocument['nodes']): GraphDocument['nodes'] {
  return sorted(
    Object.fromEntries(
      Object.entries(nodes).map(([id, { kind, params, x, y, note }]) => [
        id,
        { kind, params: sorted(params), x, y, note }
      ])
    )
  );
}
