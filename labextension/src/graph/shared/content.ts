/**
 * A document in a Y document: nodes and edges are shared maps, so that two people who change different settings of one
 * node both keep what they did. `patholearn_lab/collab/content.py` reads and writes the same.
 */
import * as Y from 'yjs';
import {
  type Block,
  type Comment,
  type Frame,
  type GraphDocument,
  type GraphEdge,
  MAX_BLOCKS,
  MAX_COMMENTS,
  MAX_EDGES,
  MAX_FRAMES,
  MAX_NODES,
  MAX_REMARKS,
  SCHEMA_VERSION
} from '../../generated';
import { isEqual } from '../changes';
import {
  FileProblem,
  type Json,
  readBlock,
  readComment,
  readDocument,
  readEdge,
  readFrame,
  readMeta,
  readNode,
  readRemark,
  writeDocument
} from '../file';
import { blockByKey, blockByName, type KeyFor, NAME, settledName } from './inside';
import { isKey, namesOf, newKey, wishOf } from './names';
import { BLOCK, mapIn, NODE, put, type Shape, type SharedMap, VALUES } from './tree';

/** What new things come into from several people at once: their keys are not their names. */
const NAMED = ['nodes', 'edges', 'frames', 'remarks', 'comments'] as const;
const THINGS = [...NAMED, 'blocks'] as const;
const PARTS = [...THINGS, 'meta', 'file'] as const;
type Named = (typeof NAMED)[number];
type Things = (typeof THINGS)[number];
type Part = (typeof PARTS)[number];

const SHAPES: Record<Things, Shape> = { ...forEach(NAMED, () => VALUES), nodes: NODE, blocks: BLOCK };

export class SharedContent {
  /** What was seen last; undefined after a change, until somebody looks. */
  private seen: { document: GraphDocument; problem: FileProblem | undefined } | undefined;
  readonly maps: Readonly<Record<Part, SharedMap>>;
  /** What was read of each thing, by key; undefined for what has the wrong form. */
  private readonly read = forEach(THINGS, () => new Map<string, unknown>());
  private readonly shown = forEach(NAMED, () => new Map<string, unknown>());
  /** Names by key. */
  private readonly names = forEach(NAMED, () => new Map<string, string>());

  constructor(
    readonly ydoc: Y.Doc,
    onChange: (origin: unknown) => void
  ) {
    this.maps = forEach(PARTS, part => ydoc.getMap(part));
    const origins: unknown[] = [];
    ydoc.on('afterTransaction', (transaction: Y.Transaction) => {
      if (this.forget(transaction)) {
        this.seen = undefined;
        origins.push(transaction.origin);
      }
    });
    // A change is sent after its transaction: told only then, it is not drawn here before others get it.
    ydoc.on('afterAllTransactions', () => {
      origins.splice(0).forEach(onChange);
    });
  }

  /** The graph as all see it. What does not fit together after two people's changes is left out of it. */
  get document(): GraphDocument {
    return (this.seen ??= this.view()).document;
  }

  /** Why the file's text is no architecture. */
  get problem(): FileProblem | undefined {
    return (this.seen ??= this.view()).problem;
  }

  /** The text of the file: the same bytes as without sharing. */
  get text(): string {
    const unread = this.maps.file.get('text');
    return typeof unread === 'string' ? unread : writeDocument(this.document);
  }

  /** Takes in the text of a file, changing only what is different. A text that is no architecture is kept as it is. */
  takeText(text: string): void {
    let document: GraphDocument | undefined;
    try {
      document = readDocument(text);
    } catch (reason) {
      if (!(reason instanceof FileProblem)) {
        throw reason;
      }
    }
    this.ydoc.transact(() => {
      if (document) {
        this.maps.file.delete('text');
        this.write(document, id => id);
      } else if (this.maps.file.get('text') !== text) {
        this.maps.file.set('text', text);
      }
    }, 'file');
  }

  /** Makes the shared document say what `wanted` says. All of it is one transaction of that origin. */
  change(wanted: GraphDocument, origin: unknown): void {
    this.settleNames();
    this.ydoc.transact(() => {
      this.write(wanted, (id, isTaken) => newKey(id, this.ydoc.clientID, isTaken));
    }, origin);
  }

  private write(wanted: GraphDocument, keyFor: KeyFor): void {
    const shown = this.document; // Before the names, which are those of what was seen last.
    const keys = forEach(NAMED, part => new Map([...this.names[part]].map(([key, name]) => [name, key])));
    const keyOf = (part: Things, id: string): string => {
      if (part === 'blocks') {
        return id;
      }
      const key = keys[part].get(id) ?? keyFor(id, other => this.maps[part].has(other));
      keys[part].set(id, key);
      return key;
    };
    for (const part of THINGS) {
      const [before, after]: Record<string, object>[] = [shown[part], wanted[part]];
      for (const id of Object.keys(before ?? {}).filter(known => !(known in (after ?? {})))) {
        this.maps[part].delete(keyOf(part, id));
      }
      for (const [id, thing] of Object.entries(after ?? {}).sort(([one], [other]) => (one < other ? -1 : 1))) {
        if (thing !== before?.[id]) {
          const there = mapIn(this.maps[part], keyOf(part, id));
          const written =
            part === 'comments'
              ? this.commentByKey(thing as Comment, there, keys)
              : part === 'blocks'
                ? blockByKey(thing as Block, there.toJSON() as Json, keyFor)
                : withNodes(part, thing, node => keyOf('nodes', node));
          put(there, written, SHAPES[part], [NAME]);
        }
      }
    }
    put(this.maps.meta, wanted.meta, VALUES);
  }

  /** The key of a node that is gone stays: with it a comment finds the node again when it comes back. */
  private commentByKey(comment: Comment, there: SharedMap, keys: Record<Named, Map<string, string>>): Comment {
    const waitsFor = there.get('node');
    const { node, answerTo } = comment;
    const same = typeof waitsFor === 'string' && wishOf(waitsFor) === node ? waitsFor : node;
    return { ...comment, node: keys.nodes.get(node) ?? same, answerTo: keys.comments.get(answerTo ?? '') ?? null };
  }

  /** Writes down the names of those that could not keep theirs, so that they stay when the other one is removed. */
  private settleNames(): void {
    const unsettled = NAMED.flatMap(part =>
      [...this.names[part]]
        .filter(([key, name]) => name !== (this.settled(part, key) ?? wishOf(key)))
        .map(([key, name]) => ({ part, key, name }))
    );
    if (unsettled.length > 0) {
      this.ydoc.transact(() => {
        for (const { part, key, name } of unsettled) {
          mapIn(this.maps[part], key).set(NAME, name);
        }
      }, 'names');
    }
  }

  private settled(part: Named, key: string): string | undefined {
    const thing = this.maps[part].get(key);
    return thing instanceof Y.Map ? settledName(thing.get(NAME)) : undefined;
  }

  /** Forgets what a transaction changed; returns whether it changed anything here. */
  private forget(transaction: Y.Transaction): boolean {
    let isChanged = false;
    const roots = new Map<unknown, Part>(PARTS.map(part => [this.maps[part], part]));
    for (const [type, keys] of transaction.changed) {
      const [part, key] = placeOf(type, roots);
      if (part === undefined) {
        continue;
      }
      isChanged = true;
      if (part !== 'meta' && part !== 'file') {
        for (const gone of key === undefined ? keys : [key]) {
          this.read[part].delete(gone ?? '');
        }
      }
    }
    return isChanged;
  }

  private view(): { document: GraphDocument; problem: FileProblem | undefined } {
    const { maps } = this;
    const unread = maps.file.get('text');
    const problem = typeof unread === 'string' ? problemOf(unread) : undefined;
    const nodes = this.part('nodes', MAX_NODES, readNode);
    const isThere = (key: string): boolean => nodes.has(key);
    const edges = this.part('edges', MAX_EDGES, readEdge, ({ from, to }) => isThere(from) && isThere(to));
    const comments = this.part('comments', MAX_COMMENTS, readComment);
    const begins = (key: string): boolean => comments.get(key)?.answerTo === null;
    const answers = [...comments].filter(([, { answerTo }]) => answerTo !== null && !begins(answerTo));
    for (const [key] of answers) {
      comments.delete(key);
    }
    const document = {
      schemaVersion: SCHEMA_VERSION,
      nodes: this.named('nodes', nodes),
      edges: this.named('edges', edges),
      blocks: Object.fromEntries(this.part('blocks', MAX_BLOCKS, (raw, place) => readBlock(blockByName(raw), place))),
      frames: this.named('frames', this.part('frames', MAX_FRAMES, readFrame)),
      remarks: this.named('remarks', this.part('remarks', MAX_REMARKS, readRemark)),
      comments: this.named('comments', comments),
      meta: this.meta()
    };
    return { document, problem };
  }

  private meta(): GraphDocument['meta'] {
    return readMeta(Object.fromEntries([...this.maps.meta].filter(([, value]) => typeof value === 'string')));
  }

  /** The entries of a part that have the right form, up to the limit: what somebody else sent is not trusted. */
  private part<T>(
    part: Things,
    limit: number,
    read: (raw: Json, place: string) => T,
    fits: (thing: T) => boolean = () => true
  ): Map<string, T> {
    const known = this.read[part] as Map<string, T | undefined>;
    const found = new Map<string, T>();
    for (const key of [...this.maps[part].keys()].filter(part === 'blocks' ? isName : isKey).sort()) {
      if (!known.has(key)) {
        known.set(
          key,
          wellFormed(this.maps[part].get(key), raw => read(raw, `${part}.${key}`))
        );
      }
      const thing = known.get(key);
      if (thing !== undefined && found.size < limit && fits(thing)) {
        found.set(key, thing);
      }
    }
    return found;
  }

  private commentByName(comment: Comment): Comment {
    const { node, answerTo } = comment;
    const { nodes, comments } = this.names;
    return { ...comment, node: nodes.get(node) ?? wishOf(node), answerTo: comments.get(answerTo ?? '') ?? null };
  }

  /** Things by their names, speaking of nodes by name. What did not change is the same object as before. */
  private named<T extends object>(part: Named, things: Map<string, T>): Record<string, T> {
    const { shown } = this;
    const names = namesOf(things.keys(), key => this.settled(part, key));
    this.names[part] = names;
    return Object.fromEntries(
      [...things].map(([key, thing]) => {
        const now =
          part === 'comments'
            ? this.commentByName(thing as unknown as Comment)
            : withNodes(part, thing, node => this.names.nodes.get(node) ?? '');
        const before = shown[part].get(key);
        const same = (isEqual(before, now) ? before : now) as T;
        shown[part].set(key, same);
        return [names.get(key) ?? key, same];
      })
    );
  }
}

/** A thing with what it says of nodes said by other names; in a frame, what has none is left out. */
function withNodes<T extends object>(part: Things, thing: T, nameOf: (node: string) => string): T {
  if (part === 'edges') {
    const { from, to } = thing as unknown as GraphEdge;
    return { ...thing, from: nameOf(from), to: nameOf(to) };
  }
  if (part === 'frames') {
    const { nodes } = thing as unknown as Frame;
    return { ...thing, nodes: nodes.map(nameOf).filter(name => name !== '') };
  }
  return thing;
}

function forEach<K extends string, T>(keys: readonly K[], make: (key: K) => T): Record<K, T> {
  return Object.fromEntries(keys.map(key => [key, make(key)])) as Record<K, T>;
}

function isName(text: string): boolean {
  return isKey(text) && wishOf(text) === text;
}

type Shared = Y.Transaction['changed'] extends Map<infer T, unknown> ? T : never;

/** In which part a shared type is, and below which key of it. */
function placeOf(type: Shared, roots: Map<unknown, Part>): [Part?, string?] {
  let key: string | undefined;
  let current: Shared | null = type;
  while (current !== null && !roots.has(current)) {
    key = current._item?.parentSub ?? undefined;
    current = current.parent;
  }
  return current === null ? [] : [roots.get(current), key];
}

function wellFormed<T>(thing: unknown, read: (raw: Json) => T): T | undefined {
  if (!(thing instanceof Y.Map)) {
    return undefined;
  }
  try {
    return read(thing.toJSON() as Json);
  } catch (reason) {
    if (reason instanceof FileProblem) {
      return undefined;
    }
    throw reason;
  }
}

function problemOf(text: string): FileProblem | undefined {
  try {
    readDocument(text);
  } catch (reason) {
    if (reason instanceof FileProblem) {
      return reason;
    }
    throw reason;
  }
  return undefined;
}
