/** The way from the whole graph to the block on the canvas. */
import type { EditorSession } from './session';
import { fill, h, icon } from './dom';

export class Breadcrumb {
  readonly element = h('nav', { class: 'plab-breadcrumb', 'aria-label': 'Open blocks', hidden: true });

  constructor(
    private readonly session: EditorSession,
    private readonly leaveTo: (depth: number) => void
  ) {}

  show(): void {
    const { path, whole } = this.session;
    this.element.hidden = path.length === 0;
    const step = (label: string, depth: number): HTMLElement =>
      depth === path.length
        ? h('strong', { 'aria-current': 'page' }, label)
        : h(
            'button',
            {
              type: 'button',
              class: 'plab-button',
              onclick: () => {
                this.leaveTo(depth);
              }
            },
            label
          );
    const steps = path.flatMap((use, index) => [icon('into'), step(use, index + 1)]);
    const name = this.session.store.document.meta.name;
    fill(
      this.element,
      step(whole.document.meta.name || 'Network', 0),
      ...steps,
      h('span', { class: 'plab-quiet' }, `Changes here change the block “${name}” wherever it is used.`)
    );
  }
}
