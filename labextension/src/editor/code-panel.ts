/** Shows code to copy, where no notebook is there that could take it. */
import { fill, h, icon } from './dom';

export class CodePanel {
  readonly element = h('section', { class: 'plab-code-panel', 'aria-label': 'Code', hidden: true });

  constructor(private readonly onClose: () => void) {}

  show(code: string): void {
    const copy = h('button', { type: 'button', class: 'plab-button' }, icon('copy'), 'Copy');
    copy.addEventListener('click', () => {
      void this.copy(code, copy);
    });
    fill(
      this.element,
      h(
        'header',
        {},
        h('h2', {}, 'Code of this network'),
        copy,
        h(
          'button',
          {
            type: 'button',
            class: 'plab-icon-button',
            'aria-label': 'Close',
            onclick: () => {
              this.element.hidden = true;
              this.onClose();
            }
          },
          icon('cross')
        )
      ),
      h('p', { class: 'plab-quiet' }, 'No notebook answered here. Copy the code into a cell of your own.'),
      h('pre', { tabindex: 0 }, h('code', {}, code))
    );
    this.element.hidden = false;
    copy.focus();
  }

  private async copy(code: string, button: HTMLButtonElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(code);
      fill(button, icon('check'), 'Copied');
    } catch (reason) {
      // Browsers refuse where a page may not use the clipboard; selecting it lets the person do it.
      console.warn('PathoLearn Lab: the clipboard was refused', reason);
      const pre = this.element.querySelector('pre');
      if (pre) {
        getSelection()?.selectAllChildren(pre);
      }
      fill(button, icon('copy'), 'Press Ctrl+C');
    }
  }
}
