/** The network as a list, from the input to the outputs: for screen readers, and for whoever would rather read. */
import type { GraphDocument } from '../generated';
import { nameOf, Topology } from '../graph';
import type { Card } from './cards';
import { openDialog } from './dialog';
import { h } from './dom';
import { plural } from './format';

export function openList(
  root: HTMLElement,
  document: GraphDocument,
  cards: ReadonlyMap<string, Card>,
  onTake: (id: string) => void
): void {
  const topology = new Topology(document);
  const order = topology.order();
  const rest = Object.keys(document.nodes).filter(id => !order.includes(id));
  const list = h('ol', { class: 'plab-node-list' });
  const close = openDialog(root, 'The network as a list', [
    list,
    ...(order.length + rest.length === 0 ? [h('p', {}, 'Nothing is drawn yet.')] : [])
  ]);
  for (const card of [...order, ...rest].flatMap(id => cards.get(id) ?? [])) {
    const names = (ids: readonly string[]): string => ids.map(id => nameOf(document, id)).join(', ');
    const [sources, targets] = [topology.sources(card.id), topology.targets(card.id)];
    const facts = [
      card.settings,
      card.shape && `gives ${card.shape}`,
      card.weights,
      card.comments > 0 && plural(card.comments, 'open comment'),
      sources.length > 0 ? `from ${names(sources)}` : 'nothing leads here',
      targets.length > 0 ? `to ${names(targets)}` : 'leads nowhere'
    ];
    const take = h('button', { type: 'button', class: 'plab-as-text' }, `${card.title} (${card.id})`);
    take.addEventListener('click', () => {
      close();
      onTake(card.id);
    });
    list.append(
      h(
        'li',
        {},
        take,
        h('span', {}, facts.filter(Boolean).join(' · ')),
        ...card.issues.map(issue => h('em', {}, `${issue.severity}: ${issue.message}`))
      )
    );
  }
}
