/** Frames and remarks on the canvas: elements of the page, so that their texts are written where they stand. */
import type { Color, Frame, GraphDocument, Operation, Remark } from '../generated';
import { COLORS, frameBox } from '../graph';
import type { GraphCanvas } from './canvas';
import { h, icon } from './dom';
import { dragBy } from './drag';
import type { EditorSession } from './session';

export interface AnnotationsOptions {
  session: EditorSession;
  canvas: GraphCanvas;
  change: (operations: Operation[], label: string, mergeKey?: string) => void;
  /** The keys go back to the canvas. */
  leave: () => void;
}

interface Shown<T> {
  element: HTMLElement;
  text: HTMLInputElement | HTMLTextAreaElement;
  color: HTMLSelectElement;
  value: T;
}

export class Annotations {
  private readonly frames = new Map<string, Shown<Frame>>();
  private readonly remarks = new Map<string, Shown<Remark>>();
  private readonly layer: HTMLElement;

  constructor(private readonly options: AnnotationsOptions) {
    this.layer = options.canvas.annotations;
    this.layer.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.preventDefault();
        options.leave();
      }
    });
  }

  /** Shows what the document has; an element that is being written in stays. */
  show(document: GraphDocument): void {
    sync(this.frames, document.frames, id => this.frame(id));
    sync(this.remarks, document.remarks, id => this.remark(id));
    for (const shown of [...this.frames.values(), ...this.remarks.values()]) {
      const { value, text, color, element } = shown;
      const written = 'label' in value ? value.label : value.text;
      if (text.value !== written) {
        text.value = written;
      }
      color.value = value.color;
      element.dataset['color'] = value.color;
    }
    this.place();
  }

  /** Puts the cursor into the text of a frame or a remark. */
  write(id: string): void {
    (this.frames.get(id) ?? this.remarks.get(id))?.text.focus({ preventScroll: true });
  }

  /** Puts everything where the canvas has it now. */
  place(): void {
    const { zoom, pan } = this.options.canvas.viewport;
    this.layer.style.transform = `translate(${pan.x}px, ${pan.y}px) scale(${zoom})`;
    for (const { element, value } of this.frames.values()) {
      const box = frameBox(value, id => this.options.canvas.allCards.get(id));
      element.hidden = !box;
      if (box) {
        element.style.cssText = `left: ${box.left}px; top: ${box.top}px; width: ${box.width}px; height: ${box.height}px`;
      }
    }
    for (const { element, value } of this.remarks.values()) {
      if (!element.classList.contains('plab-dragged')) {
        const { x, y, width, height } = value;
        element.style.cssText = `left: ${x - width / 2}px; top: ${y - height / 2}px; width: ${width}px; height: ${height}px`;
      }
    }
  }

  private frame(id: string): Shown<Frame> {
    const { canvas, session, change, leave } = this.options;
    const current = (): Frame | undefined => session.store.document.frames[id];
    const set = (changes: Partial<Frame>, label: string, mergeKey?: string): void => {
      const frame = current();
      if (frame) {
        change([{ op: 'setFrame', id, frame: { ...frame, ...changes } }], label, mergeKey);
      }
    };
    const text = h('input', { type: 'text', 'aria-label': 'Title of the frame', placeholder: 'Frame', maxlength: 200 });
    text.addEventListener('input', () => {
      set({ label: text.value }, 'Name the frame', `${id}#label`);
    });
    const color = colors('Color of the frame', chosen => {
      set({ color: chosen }, 'Color the frame');
    });
    const remove = removal('Remove the frame; its layers stay', () => {
      change([{ op: 'removeFrame', id }], 'Remove the frame');
      leave();
    });
    const grip = h('span', { class: 'plab-grip', title: 'Drag to move the layers in the frame' });
    const head = h('header', {}, grip, text, color, remove);
    dragBy(head, {
      onMove: (dx, dy) => {
        canvas.shift(current()?.nodes ?? [], dx / canvas.viewport.zoom, dy / canvas.viewport.zoom);
      },
      onEnd: () => {
        canvas.settle();
      }
    });
    const element = h('section', { class: 'plab-frame', 'aria-label': 'Frame' }, head);
    this.layer.prepend(element);
    return { element, text, color, value: current() ?? { label: '', color: 'blue', nodes: [] } };
  }

  private remark(id: string): Shown<Remark> {
    const { canvas, session, change, leave } = this.options;
    const current = (): Remark | undefined => session.store.document.remarks[id];
    const set = (changes: Partial<Remark>, label: string, mergeKey?: string): void => {
      const remark = current();
      if (remark) {
        change([{ op: 'setRemark', id, remark: { ...remark, ...changes } }], label, mergeKey);
      }
    };
    const text = h('textarea', { 'aria-label': 'Note', placeholder: 'Write a note', maxlength: 4000 });
    text.addEventListener('input', () => {
      set({ text: text.value }, 'Write a note', `${id}#text`);
    });
    const color = colors('Color of the note', chosen => {
      set({ color: chosen }, 'Color the note');
    });
    const remove = removal('Remove the note', () => {
      change([{ op: 'removeRemark', id }], 'Remove the note');
      leave();
    });
    const head = h('header', {}, h('span', { class: 'plab-grip', title: 'Drag to move the note' }), color, remove);
    const corner = h('span', { class: 'plab-corner', title: 'Drag to change the size' });
    const element = h('section', { class: 'plab-remark', 'aria-label': 'Note' }, head, text, corner);
    // While it is dragged only the element moves; one step at the end.
    let moved: Remark | undefined;
    const drag = (
      grip: HTMLElement,
      changed: (remark: Remark, dx: number, dy: number) => Remark,
      label: string
    ): void => {
      dragBy(grip, {
        onMove: (dx, dy) => {
          const { zoom } = canvas.viewport;
          const remark = moved ?? current();
          moved = remark && changed(remark, dx / zoom, dy / zoom);
          if (moved) {
            element.classList.add('plab-dragged');
            element.style.left = `${moved.x - moved.width / 2}px`;
            element.style.top = `${moved.y - moved.height / 2}px`;
            element.style.width = `${moved.width}px`;
            element.style.height = `${moved.height}px`;
          }
        },
        onEnd: () => {
          element.classList.remove('plab-dragged');
          if (moved) {
            const { x, y, width, height } = moved;
            moved = undefined;
            set({ x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) }, label);
          }
        }
      });
    };
    drag(head, (remark, dx, dy) => ({ ...remark, x: remark.x + dx, y: remark.y + dy }), 'Move the note');
    drag(corner, resized, 'Change the size of the note');
    this.layer.append(element);
    return { element, text, color, value: current() ?? EMPTY };
  }
}

const EMPTY: Remark = { text: '', color: 'yellow', x: 0, y: 0, width: 200, height: 100 };

/** The upper left corner stays where it is. */
function resized(remark: Remark, dx: number, dy: number): Remark {
  const width = Math.min(1200, Math.max(120, remark.width + dx));
  const height = Math.min(1200, Math.max(60, remark.height + dy));
  const [x, y] = [remark.x + (width - remark.width) / 2, remark.y + (height - remark.height) / 2];
  return { ...remark, x, y, width, height };
}

function sync<T>(shown: Map<string, Shown<T>>, there: Record<string, T>, make: (id: string) => Shown<T>): void {
  for (const [id, { element }] of shown) {
    if (!(id in there)) {
      element.remove();
      shown.delete(id);
    }
  }
  for (const [id, value] of Object.entries(there)) {
    const one = shown.get(id) ?? make(id);
    one.value = value;
    shown.set(id, one);
  }
}

function colors(label: string, onChange: (color: Color) => void): HTMLSelectElement {
  const select = h(
    'select',
    { 'aria-label': label, title: label },
    ...COLORS.map(name => h('option', { value: name }, name))
  );
  select.addEventListener('change', () => {
    onChange(select.value as Color);
  });
  return select;
}

function removal(label: string, onclick: () => void): HTMLButtonElement {
  return h(
    'button',
    { type: 'button', class: 'plab-icon-button', 'aria-label': label, title: label, onclick },
    icon('cross')
  );
}
