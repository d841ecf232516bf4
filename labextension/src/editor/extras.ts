/** What stands on the canvas beside the network, and what is made of the whole: frames, notes, the map, pictures, code. */
import type { ArchitecturesApi } from '../api';
import type { Operation } from '../generated';
import { addRemark, frameNodes } from '../graph';
import type { Actions } from './actions';
import { Annotations } from './annotations';
import type { GraphCanvas } from './canvas';
import { exporting } from './exporting';
import { Minimap } from './minimap';
import { showPeople } from './people/people';
import type { EditorSession } from './session';

export interface ExtrasParts {
  root: HTMLElement;
  session: EditorSession;
  canvas: GraphCanvas;
  architectures: ArchitecturesApi;
  tell: (message: string) => void;
  announce: (text: string) => void;
  focus: () => void;
}

export type ExtraActions = Pick<Actions, 'frame-selection' | 'add-remark' | 'toggle-map'> &
  ReturnType<typeof exporting>;

export class Extras {
  readonly actions: ExtraActions;
  private readonly annotations: Annotations;
  private readonly minimap: Minimap;

  constructor(private readonly parts: ExtrasParts) {
    const { session, canvas, focus } = parts;
    this.minimap = new Minimap(canvas);
    canvas.element.append(this.minimap.element);
    this.annotations = new Annotations({ session, canvas, change: this.change, leave: focus });
    canvas.element.addEventListener('plab:painted', () => {
      this.annotations.place();
      this.minimap.paint();
    });
    if (session.room) {
      canvas.ends.push(showPeople({ ...parts, room: session.room }));
    }
    this.actions = {
      'frame-selection': () => {
        const { id, operations } = frameNodes(session.store.document, [...canvas.selection.nodes]);
        this.put(id, operations, 'Frame the selection');
      },
      'add-remark': () => {
        const beside = session.store.document.nodes[[...canvas.selection.nodes].at(-1) ?? ''];
        const { id, operations } = addRemark(session.store.document, beside, canvas.pointer ?? canvas.center);
        this.put(id, operations, 'Add a note');
      },
      'toggle-map': () => {
        this.minimap.toggle();
      },
      ...exporting(parts)
    };
  }

  /** Shows what the document has now. */
  show(): void {
    this.annotations.show(this.parts.session.store.document);
  }

  /** Frames and notes belong to the whole graph; the inside of a block has none. */
  private put(id: string, operations: Operation[], label: string): void {
    const { session, tell } = this.parts;
    if (session.path.length > 0) {
      tell('Frames and notes belong to the whole graph. Leave the block first.');
      return;
    }
    this.change(operations, label);
    this.annotations.write(id);
  }

  private readonly change = (operations: Operation[], label: string, mergeKey?: string): void => {
    this.parts.session.store.dispatch(operations, label, mergeKey);
  };
}
