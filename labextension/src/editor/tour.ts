/** The first look around, in five steps. It comes by itself once, and again from the menu. */
import { fill, h } from './dom';

interface Step {
  /** What it is about, as a selector within the editor. */
  at: string;
  title: string;
  text: string;
}

const STEPS: readonly Step[] = [
  {
    at: '.plab-palette',
    title: 'Layers to build with',
    text: 'Drag a layer onto the canvas, or press / on the canvas and type its name.'
  },
  {
    at: '.plab-canvas',
    title: 'The network',
    text: 'Pull a line from the port where a layer ends to the port where the next one begins. Shapes follow at once; ports that fit light up.'
  },
  {
    at: '.plab-inspector',
    title: 'Settings and help',
    text: 'Select a layer: here are its settings, what they mean, and how the layer works.'
  },
  {
    at: '.plab-status',
    title: 'What to look at',
    text: 'Problems are explained here, with a button that mends them. Below are the size and the work of the network.'
  },
  {
    at: '.plab-toolbar',
    title: 'From drawing to code',
    text: 'Write code makes a PyTorch cell of the drawing and keeps both in step. The three dots show every action with its key.'
  }
];
const SEEN = 'patholearn-tour';

export class Tour {
  private readonly card = h('section', {
    class: 'plab-tour',
    role: 'dialog',
    'aria-label': 'Tour',
    tabindex: -1,
    hidden: true
  });
  private readonly resized: ResizeObserver;
  private place = 0;

  constructor(private readonly root: HTMLElement) {
    root.append(this.card);
    this.card.addEventListener('keydown', event => {
      event.stopPropagation();
      if (event.key === 'Escape') {
        this.end();
      }
    });
    // Begun by itself it leaves the focus where it is; Escape ends it from there too, before anything else hears of it.
    root.addEventListener(
      'keydown',
      event => {
        if (event.key === 'Escape' && !this.card.hidden && !this.card.contains(event.target as Node)) {
          event.stopPropagation();
          this.end();
        }
      },
      { capture: true }
    );
    this.resized = new ResizeObserver(() => {
      const step = STEPS[this.place];
      if (step && !this.card.hidden) {
        this.point(step.at);
      }
    });
    this.resized.observe(root);
  }

  /** Begins by itself where nobody has seen it in this browser, as soon as the editor can be seen. */
  startOnce(): void {
    if (!wasSeen() && this.root.offsetParent !== null) {
      this.start(false);
    }
  }

  start(takesFocus = true): void {
    remember();
    this.place = 0;
    this.card.hidden = false;
    this.show(takesFocus);
  }

  dispose(): void {
    this.resized.disconnect();
  }

  private show(takesFocus: boolean): void {
    const step = STEPS[this.place];
    if (!step) {
      this.end();
      return;
    }
    const isLast = this.place === STEPS.length - 1;
    const button = (label: string, act: () => void, isFirst = false): HTMLButtonElement =>
      h(
        'button',
        { type: 'button', class: isFirst ? 'plab-button plab-button-primary' : 'plab-button', onclick: act },
        label
      );
    const next = button(
      isLast ? 'Done' : 'Next',
      () => {
        this.place += 1;
        this.show(true);
      },
      true
    );
    fill(
      this.card,
      h('p', { class: 'plab-quiet' }, `${this.place + 1} of ${STEPS.length}`),
      h('h2', {}, step.title),
      h('p', {}, step.text),
      h(
        'footer',
        {},
        !isLast &&
          button('Skip', () => {
            this.end();
          }),
        this.place > 0 &&
          button('Back', () => {
            this.place -= 1;
            this.show(true);
          }),
        next
      )
    );
    this.point(step.at);
    if (takesFocus) {
      next.focus({ preventScroll: true });
    }
  }

  /** Marks a part of the editor, and stands beside it. */
  private point(at: string): void {
    this.unmark();
    const part = this.root.querySelector<HTMLElement>(at);
    part?.classList.add('plab-tour-part');
    const [around, box] = [this.root.getBoundingClientRect(), (part ?? this.root).getBoundingClientRect()];
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const isWide = box.width > around.width / 2;
    const left = isWide
      ? box.left - around.left + (box.width - width) / 2
      : box.left - around.left > around.width / 2
        ? box.left - around.left - width - 12
        : box.right - around.left + 12;
    const top =
      box.top - around.top > around.height / 2 ? box.top - around.top - height - 12 : box.top - around.top + 48;
    this.card.style.left = `${Math.max(8, Math.min(left, around.width - width - 8))}px`;
    this.card.style.top = `${Math.max(8, Math.min(top, around.height - height - 8))}px`;
  }

  private unmark(): void {
    this.root.querySelector('.plab-tour-part')?.classList.remove('plab-tour-part');
  }

  private end(): void {
    this.card.hidden = true;
    this.unmark();
    this.root.focus({ preventScroll: true });
  }
}

/** Pages in frames of other origins may have no storage: there it does not come by itself. */
function wasSeen(): boolean {
  try {
    return localStorage.getItem(SEEN) !== null;
  } catch (reason) {
    console.debug('PathoLearn Lab: this page remembers nothing', reason);
    return true;
  }
}

function remember(): void {
  try {
    localStorage.setItem(SEEN, 'seen');
  } catch (reason) {
    console.debug('PathoLearn Lab: this page remembers nothing', reason);
  }
}
