import type { ComponentType } from 'react';
import type { Answer, Task } from '../../api';
import { ClassView } from './components/class-view';
import { ImageView } from './components/image-view';
import { LabelsView } from './components/labels-view';
import { MaskView } from './components/mask-view';
import { ValuesView } from './components/values-view';

export interface ViewProps<A extends Answer> {
  answer: A;
  /** The image as the model saw it, a PNG in base64. */
  image: string;
  /** Which picture it is. */
  source: string;
}

interface View<A extends Answer> {
  component: ComponentType<ViewProps<A>>;
  /** Whether the view shows the image itself; else it stands beside the words. */
  hasPicture: boolean;
}

const VIEWS: { [T in Task]: View<Extract<Answer, { task: T }>> } = {
  classification: { component: ClassView, hasPicture: false },
  multilabel: { component: LabelsView, hasPicture: false },
  segmentation: { component: MaskView, hasPicture: true },
  regression: { component: ValuesView, hasPicture: false },
  reconstruction: { component: ImageView, hasPicture: true }
};

/** The view of a task's answers. */
export function viewOf(task: Task): View<Answer> {
  // Each view takes the answers of its own task only, which the compiler cannot follow through the index.
  return VIEWS[task] as unknown as View<Answer>;
}
