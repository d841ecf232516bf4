import { beforeEach, describe, expect, it, vi } from 'vitest';
import { watchComments } from '../../../src/editor/comments/arrivals';
import { openComments } from '../../../src/editor/comments/list';
import { CommentPanel } from '../../../src/editor/comments/panel';
import { EditorSession } from '../../../src/editor/session';
import { type Comment, MAX_COMMENTS, type Operation } from '../../../src/generated';
import { GraphStore } from '../../../src/graph';
import { lenet } from '../../graph/golden';

const ADA = { name: 'Ada', account: 'ada' };
const said = (id: string, text: string, more: Partial<Comment> = {}): Operation => ({
  op: 'setComment',
  id,
  comment: {
    ...{ node: 'conv_1', text, author: 'Ben', account: 'ben', time: '2026-11-24T18:00:00Z' },
    ...{ answerTo: null, resolved: false },
    ...more
  }
});
let session: EditorSession;
let panel: CommentPanel;
let node: string;

const field = (label: string): HTMLTextAreaElement => {
  const found = panel.element.querySelector<HTMLTextAreaElement>(`textarea[aria-label="${label}"]`);
  if (!found) {
    throw new Error(`There is no field “${label}”.`);
  }
  return found;
};
const write = (label: string, text: string): void => {
  field(label).value = text;
  field(label).dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }));
};
const button = (name: string): HTMLButtonElement | undefined =>
  [...panel.element.querySelectorAll('button')].find(one => (one.ariaLabel ?? one.textContent) === name);
const comments = (): Record<string, Comment> => session.whole.document.comments;
const texts = (): string[] => [...panel.element.querySelectorAll('.plab-comment p')].map(p => p.textContent);

beforeEach(() => {
  document.body.replaceChildren();
  Element.prototype.scrollIntoView = vi.fn();
  session = new EditorSession(new GraphStore(lenet()), undefined, ADA);
  panel = new CommentPanel(session);
  document.body.append(panel.element, panel.jump);
  node = 'conv_1';
  panel.show(node);
  session.whole.subscribe(() => {
    panel.show(node);
  });
});

describe('the comments of a node', () => {
  it('are written, answered, resolved and opened again', () => {
    write('Write a comment', ' Why 6? ');
    expect(comments().comment_1).toMatchObject({ node: 'conv_1', text: 'Why 6?', author: 'Ada', account: 'ada' });
    expect(comments().comment_1?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    button('Answer')?.click();
    expect(document.activeElement).toBe(field('Write an answer'));
    write('Write an answer', 'As in the paper.');
    expect(comments().comment_2).toMatchObject({ answerTo: 'comment_1', text: 'As in the paper.' });
    expect([texts(), panel.jump.textContent]).toEqual([['Why 6?', 'As in the paper.'], '1 open comment']);
    button('Resolve')?.click();
    expect([comments().comment_1?.resolved, panel.jump.hidden]).toEqual([true, true]);
    expect(panel.element.querySelector('summary')?.textContent).toBe('1 resolved comment');
    button('Reopen')?.click();
    expect(comments().comment_1?.resolved).toBe(false);
  });

  it('are text, whatever somebody wrote', () => {
    session.whole.dispatch([said('comment_1', '<img src=x onerror=alert(1)>', { author: '<b>Ben</b>' })], 'Comment');
    expect(panel.element.querySelector('img, b')).toBeNull();
    expect(texts()).toEqual(['<img src=x onerror=alert(1)>']);
  });

  it('are deleted by who wrote them, as long as nobody else answered', () => {
    session.whole.dispatch([said('comment_1', 'From Ben')], 'Comment');
    expect(button('Delete what you wrote')).toBeUndefined();
    write('Write a comment', 'From Ada');
    button('Delete what you wrote')?.click();
    expect(Object.keys(comments())).toEqual(['comment_1']);
    session.whole.undo();
    session.whole.dispatch([said('comment_3', 'Yes', { answerTo: 'comment_2' })], 'Answer');
    expect(button('Delete what you wrote')).toBeUndefined();
  });

  it('leave a half-written answer alone when others write', () => {
    session.whole.dispatch([said('comment_1', 'Why 6?')], 'Comment');
    button('Answer')?.click();
    field('Write an answer').value = 'Bec';
    session.whole.dispatch([said('comment_2', 'Because.', { answerTo: 'comment_1' })], 'Answer');
    expect([field('Write an answer').value, document.activeElement]).toEqual(['Bec', field('Write an answer')]);
    node = 'conv_2';
    panel.show(node);
    expect([texts(), panel.element.querySelectorAll('textarea').length]).toEqual([[], 1]);
  });

  it('are not more than a document may have', () => {
    const many = Array.from({ length: MAX_COMMENTS }, (_, index) => said(`c${index}`, 'x', { node: 'conv_2' }));
    session.whole.dispatch(many, 'Comment');
    write('Write a comment', 'One more');
    expect(Object.keys(comments())).toHaveLength(MAX_COMMENTS);
    expect(panel.element.textContent).toContain('Delete some');
  });
});

describe('all comments', () => {
  it('lists those that are open and whose node is there', () => {
    HTMLDialogElement.prototype.showModal = vi.fn();
    HTMLDialogElement.prototype.close = function (): void {
      this.dispatchEvent(new Event('close'));
    };
    const root = document.body.appendChild(document.createElement('div'));
    const [open, gone] = [said('c1', 'Open'), said('c2', 'Gone', { node: 'conv_9' })];
    session.whole.dispatch([open, gone, said('c3', 'Settled', { resolved: true })], 'Comment');
    const onTake = vi.fn();
    openComments(root, session.whole.document, onTake);
    expect([...root.querySelectorAll('li p')].map(p => p.textContent)).toEqual(['Open']);
    root.querySelector<HTMLButtonElement>('li button')?.click();
    expect(onTake).toHaveBeenCalledWith('conv_1');
  });

  it('are told when others write them', () => {
    const announce = vi.fn();
    const hear = watchComments(session.whole.document, ADA, announce);
    write('Write a comment', 'From Ada');
    hear(session.whole.document);
    session.whole.dispatch([said('c9', 'From Ben')], 'Comment');
    hear(session.whole.document);
    expect(announce.mock.calls).toEqual([['Ben wrote a comment on conv_1.']]);
  });
});
