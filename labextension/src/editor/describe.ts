import type { Card } from './cards';
import { plural } from './format';
import type { Selection } from './session';

/** The selection in words, for a screen reader. */
export function describe(selection: Selection, cards: ReadonlyMap<string, Card>): string {
  const [id] = selection.nodes;
  const card = id === undefined ? undefined : cards.get(id);
  if (selection.nodes.size !== 1 || !card) {
    return `${plural(selection.nodes.size, 'layer')} and ${plural(selection.edges.size, 'connection')} selected`;
  }
  const parts = [
    `${card.title}, ${card.id}`,
    card.settings,
    card.shape && `Output ${card.shape}`,
    card.comments > 0 && plural(card.comments, 'open comment'),
    ...card.issues.map(issue => issue.message)
  ];
  return parts.filter(Boolean).join('. ');
}
