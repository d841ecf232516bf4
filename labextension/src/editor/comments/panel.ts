/** What people say about the selected node, beside the canvas: read, answered, settled. Plain text, whoever wrote it. */
import { MAX_COMMENTS, type Comment, type Operation } from '../../generated';
import { type Author, canDelete, say, type Thread, threadsOn } from '../../graph';
import { fill, h, icon } from '../dom';
import { plural } from '../format';
import type { EditorSession } from '../session';

/** As in the document. */
const MAX_LENGTH = 4000;

export class CommentPanel {
  readonly element = h('section', { class: 'plab-comments', 'aria-label': 'Comments' });
  /** Stands at the head of the inspector where something is said: the panel itself is below the settings. */
  readonly jump = h('button', { type: 'button', class: 'plab-as-text', hidden: true });
  private readonly head = h('h3');
  private readonly threads = h('div');
  private readonly full = h('p', { class: 'plab-quiet', role: 'status' });
  private readonly draft: Draft;
  private readonly answer: Draft;
  private answered: string | undefined;
  private node = '';
  private shown = '';

  constructor(private readonly session: EditorSession) {
    this.draft = new Draft('Write a comment', 'Comment', text => {
      this.write(text);
    });
    this.answer = new Draft('Write an answer', 'Answer', text => {
      this.write(text, this.answered);
      this.leaveAnswer();
    });
    this.answer.element.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.preventDefault();
        this.leaveAnswer();
      }
    });
    this.jump.addEventListener('click', () => {
      this.focus();
    });
    this.element.append(this.head, this.threads, this.draft.element, this.full);
  }

  /** Shows what is said about a node. What somebody is writing stays, unless it is about another node. */
  show(node: string): void {
    this.element.hidden = this.session.path.length > 0;
    if (node !== this.node) {
      this.node = node;
      this.draft.clear();
      this.leaveAnswer();
    }
    const { document } = this.session.whole;
    const found = this.element.hidden ? [] : threadsOn(document, node);
    const key = JSON.stringify([found, this.answered]);
    if (key === this.shown) {
      return;
    }
    this.shown = key;
    const [open, settled] = [found.filter(isOpen), found.filter(thread => !isOpen(thread))];
    const wasOpen = this.threads.querySelector('details')?.open ?? false;
    const writes = this.answer.element.contains(window.document.activeElement);
    this.jump.hidden = open.length === 0;
    this.jump.textContent = plural(open.length, 'open comment');
    this.head.textContent = open.length > 0 ? `Comments (${open.length})` : 'Comments';
    fill(
      this.threads,
      ...open.map(thread => this.thread(thread)),
      settled.length > 0 &&
        h(
          'details',
          { open: wasOpen },
          h('summary', {}, `${plural(settled.length, 'resolved comment')}`),
          ...settled.map(thread => this.thread(thread))
        )
    );
    if (writes) {
      this.answer.focus();
    }
  }

  /** Puts the cursor where a comment is written. */
  focus(): void {
    this.draft.focus();
    this.element.scrollIntoView({ block: 'end' });
  }

  private get author(): Author {
    return this.session.author;
  }

  private thread({ id, comment, answers }: Thread): HTMLElement {
    const about = comment.node === this.node ? null : h('p', { class: 'plab-quiet' }, `About ${comment.node}`);
    const said = [[id, comment] as const, ...answers].map(([key, one]) => this.said(key, one));
    const settle = this.button(comment.resolved ? 'reset' : 'check', comment.resolved ? 'Reopen' : 'Resolve', () => {
      const resolved = !comment.resolved;
      this.change({ op: 'setComment', id, comment: { ...comment, resolved } }, resolved ? 'Resolve' : 'Reopen');
    });
    const answer = this.button(undefined, 'Answer', () => {
      this.answered = id;
      this.show(this.node);
      this.answer.focus();
    });
    const actions = h('div', { class: 'plab-comment-actions' }, !comment.resolved && answer, settle);
    const label = `${comment.author || 'Somebody'}: ${comment.text.slice(0, 60)}`;
    return h(
      'article',
      { class: 'plab-thread', 'aria-label': label },
      about,
      ...said,
      this.answered === id ? this.answer.element : actions
    );
  }

  private said(id: string, { author, text, time }: Comment): HTMLElement {
    const remove = h(
      'button',
      {
        type: 'button',
        class: 'plab-icon-button',
        title: 'Delete what you wrote',
        'aria-label': 'Delete what you wrote',
        onclick: () => {
          this.change({ op: 'removeComment', id }, 'Delete');
        }
      },
      icon('trash')
    );
    return h(
      'div',
      { class: 'plab-comment' },
      h(
        'header',
        {},
        h('strong', {}, author || 'Somebody'),
        canDelete(this.session.whole.document, id, this.author) && remove,
        h('time', { datetime: time }, timeText(time))
      ),
      h('p', {}, text)
    );
  }

  private button(sign: 'check' | 'reset' | undefined, label: string, onclick: () => void): HTMLElement {
    return h('button', { type: 'button', class: 'plab-button', onclick }, sign && icon(sign), label);
  }

  private write(text: string, answerTo?: string): void {
    const { document } = this.session.whole;
    const isFull = Object.keys(document.comments).length >= MAX_COMMENTS;
    this.full.textContent = isFull ? `The drawing has ${MAX_COMMENTS} comments. Delete some that are settled.` : '';
    if (!isFull) {
      // An answer is about what the comment is about, also where a block shows it.
      const node = document.comments[answerTo ?? '']?.node ?? this.node;
      this.change(say(document, node, text, this.author, answerTo), answerTo === undefined ? 'Comment' : 'Answer');
    }
  }

  private leaveAnswer(): void {
    if (this.answered !== undefined) {
      this.answered = undefined;
      this.answer.clear();
      this.show(this.node);
      this.draft.focus();
    }
  }

  private change(operation: Operation, label: string): void {
    this.session.whole.dispatch([operation], label === 'Comment' ? `Comment on ${this.node}` : `${label} a comment`);
    // The button that was pressed is gone.
    if (!this.element.contains(window.document.activeElement)) {
      this.draft.focus();
    }
  }
}

/** A field for a few lines, and the button that sends them. */
class Draft {
  readonly element: HTMLElement;
  private readonly field: HTMLTextAreaElement;

  constructor(label: string, button: string, onSend: (text: string) => void) {
    this.field = h('textarea', { 'aria-label': label, placeholder: label, rows: 2, maxlength: MAX_LENGTH });
    const send = (): void => {
      const text = this.field.value.trim();
      if (text !== '') {
        this.clear();
        onSend(text);
      } else {
        this.focus();
      }
    };
    this.field.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        send();
      }
    });
    const title = 'Ctrl + Enter, or ⌘ + Enter, does the same';
    this.element = h(
      'div',
      { class: 'plab-draft' },
      this.field,
      h('button', { type: 'button', class: 'plab-button', title, onclick: send }, button)
    );
  }

  focus(): void {
    this.field.focus({ preventScroll: true });
  }

  clear(): void {
    this.field.value = '';
  }
}

function isOpen({ comment }: Thread): boolean {
  return !comment.resolved;
}

/** In the reader's own way of writing dates and time. */
export function timeText(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}
