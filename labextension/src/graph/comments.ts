/** Comments as the conversations that people read; the same as `patholearn_lab/graph/comments.py`. */
import type { Comment, GraphDocument, Operation } from '../generated';
import { BLOCK_PREFIX } from './kinds';

/** Who writes: the name that others read, and what the server knows the person by. */
export interface Author {
  name: string;
  account: string;
}

export interface Thread {
  /** The comment that began it. */
  id: string;
  comment: Comment;
  /** The oldest first. */
  answers: [id: string, answer: Comment][];
  /** The node that shows it; undefined while its node is gone. */
  shownOn: string | undefined;
}

/** All conversations, the oldest first. An answer to what is gone is in none of them. */
export function threadsOf(document: GraphDocument): Thread[] {
  const said = Object.entries(document.comments).sort(
    ([one, a], [other, b]) => compare(a.time, b.time) || one.length - other.length || compare(one, other)
  );
  return said
    .filter(([, { answerTo }]) => answerTo === null)
    .map(([id, comment]) => ({
      id,
      comment,
      answers: said.filter(([, { answerTo }]) => answerTo === id),
      shownOn: placeOf(document, comment.node)
    }));
}

/** The conversations that a node shows. */
export function threadsOn(document: GraphDocument, node: string): Thread[] {
  return threadsOf(document).filter(({ shownOn }) => shownOn === node);
}

/** How many conversations are open at each node that has some. */
export function openThreads(document: GraphDocument): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { comment, shownOn } of threadsOf(document)) {
    if (shownOn !== undefined && !comment.resolved) {
      counts.set(shownOn, (counts.get(shownOn) ?? 0) + 1);
    }
  }
  return counts;
}

/** The node that shows what is pinned to `node`: itself, or the use of a block that it went into. */
export function placeOf(document: GraphDocument, node: string): string | undefined {
  const { nodes } = document;
  const holds = (kind: string, above: readonly string[]): boolean => {
    const block = kind.startsWith(BLOCK_PREFIX) ? document.blocks[kind.slice(BLOCK_PREFIX.length)] : undefined;
    return (
      block !== undefined &&
      !above.includes(kind) &&
      (node in block.nodes || Object.values(block.nodes).some(inner => holds(inner.kind, [...above, kind])))
    );
  };
  return node in nodes
    ? node
    : Object.keys(nodes)
        .sort()
        .find(id => holds(nodes[id]?.kind ?? '', []));
}

/** Pins a comment to a node, or answers one. */
export function say(document: GraphDocument, node: string, text: string, author: Author, answerTo?: string): Operation {
  let number = 1;
  while (`comment_${number}` in document.comments) {
    number += 1;
  }
  const comment: Comment = {
    node,
    text: text.trim(),
    author: author.name,
    account: author.account,
    time: new Date().toISOString().replace(/\.\d+/, ''),
    answerTo: answerTo ?? null,
    resolved: false
  };
  return { op: 'setComment', id: `comment_${number}`, comment };
}

/** Whether somebody may delete it: one's own words, where nobody else's answers would go with them. */
export function canDelete(document: GraphDocument, id: string, { account }: Author): boolean {
  const isMine = (comment: Comment | undefined): boolean => account !== '' && comment?.account === account;
  const answers = Object.values(document.comments).filter(({ answerTo }) => answerTo === id);
  return isMine(document.comments[id]) && answers.every(isMine);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
