/** All open comments of a drawing, with the way to each. */
import { nameOf, type Thread, threadsOf } from '../../graph';
import type { GraphDocument } from '../../generated';
import { openDialog } from '../dialog';
import { h } from '../dom';
import { plural } from '../format';
import { timeText } from './panel';

export function openComments(root: HTMLElement, document: GraphDocument, onTake: (node: string) => void): void {
  const threads = threadsOf(document).filter(({ comment, shownOn }) => !comment.resolved && shownOn !== undefined);
  const list = h('ul', { class: 'plab-comment-list' });
  const close = openDialog(root, 'Open comments', [
    list,
    ...(threads.length === 0 ? [h('p', {}, 'There are none. Select a layer and press A to write one.')] : [])
  ]);
  const row = ({ comment, answers, shownOn = '' }: Thread): HTMLElement => {
    const take = h('button', { type: 'button', class: 'plab-as-text' }, nameOf(document, shownOn));
    take.addEventListener('click', () => {
      close(() => {
        onTake(shownOn);
      });
    });
    const facts = [
      comment.author || 'Somebody',
      timeText(comment.time),
      answers.length > 0 && plural(answers.length, 'answer')
    ];
    return h('li', {}, take, h('span', {}, facts.filter(Boolean).join(' · ')), h('p', {}, comment.text));
  };
  list.append(...threads.map(row));
}
