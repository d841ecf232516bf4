/** Says to screen readers what others write while the drawing is open. */
import type { GraphDocument } from '../../generated';
import type { Author } from '../../graph';

/** Returns what is called with the document after every change. */
export function watchComments(
  first: GraphDocument,
  author: Author,
  announce: (text: string) => void
): (document: GraphDocument) => void {
  let known = first.comments;
  return ({ comments }) => {
    if (comments === known) {
      return;
    }
    const before = known;
    known = comments;
    for (const [id, { node, account, author: name }] of Object.entries(comments)) {
      if (!(id in before) && account !== author.account) {
        announce(`${name || 'Somebody'} wrote a comment on ${node}.`);
      }
    }
  };
}
