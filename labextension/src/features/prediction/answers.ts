import type { Answer, ModelManifest, PredictionResult, Task } from '../../api';
import { percent } from '../../elements';

/** One prediction of this sitting. */
export interface Answered {
  result: PredictionResult;
  /** The file's name, or which sample it was. */
  source: string;
  /** The picture, where it was one of the person's own. */
  picture?: File | undefined;
  /** The features that the person gave. */
  features?: Record<string, number> | undefined;
  key: number;
}

/** An answer in a word or two, and whether it is right: null where nobody knows, undefined where it is more or less so. */
export interface Summary {
  text: string;
  isRight: boolean | null | undefined;
}

type OfTask<T extends Task> = Extract<Answer, { task: T }>;

const SUMMARIES: { [T in Task]: (answer: OfTask<T>) => Summary } = {
  classification: ({ predicted, truth }) => ({ text: predicted, isRight: truth === null ? null : truth === predicted }),
  multilabel: ({ labels }) => ({
    text:
      labels
        .filter(label => label.present)
        .map(label => label.name)
        .join(', ') || 'none',
    isRight: labels.some(label => label.truth === null) ? null : labels.every(label => label.truth === label.present)
  }),
  segmentation: answer => {
    const dice = meanDice(answer);
    const largest = [...answer.areas.slice(1)].sort((a, b) => b.share - a.share)[0];
    const areas = largest ? `${percent(largest.share)} ${largest.name}` : '';
    return { text: dice === null ? areas : `Dice ${dice.toFixed(2)}`, isRight: undefined };
  },
  regression: ({ values }) => ({ text: values.map(row => figure(row.value)).join(', '), isRight: undefined }),
  reconstruction: answer => ({ text: `off by ${figure(answer.mean_absolute_error)}`, isRight: undefined })
};

export function summary(answer: Answer): Summary {
  // The table has one entry a task, which the compiler cannot follow through the index.
  return (SUMMARIES[answer.task] as (answer: Answer) => Summary)(answer);
}

/** The mean Dice of all classes but the background, where the truth is known and they occur. */
export function meanDice({ areas }: OfTask<'segmentation'>): number | null {
  const known = areas.slice(1).flatMap(area => (area.dice === null ? [] : [area.dice]));
  return known.length ? known.reduce((sum, dice) => sum + dice, 0) / known.length : null;
}

/** Right and wrong first answers so far, of those where the truth is known. */
export function tally(answers: Answered[]): { right: number; known: number } {
  const known = answers
    .map(
      ({
        result: {
          answers: [first]
        }
      }) => first && summary(first).isRight
    )
    .filter(isRight => typeof isRight === 'boolean');
  return { right: known.filter(Boolean).length, known: known.length };
}

/** What a model says, for its choice and above its answers. */
export const TASK_WORDS: Record<Task, string> = {
  classification: 'one class per image',
  multilabel: 'several labels',
  segmentation: 'one class per pixel',
  regression: 'measured values',
  reconstruction: 'the image itself'
};

/** What a model answers with, in a few words. */
export function says({ outputs }: ModelManifest): string {
  const [first] = outputs;
  return outputs.length === 1 && first ? TASK_WORDS[first.task] : `${outputs.length} outputs`;
}

/** How good a model was on the test images, in a few words; empty where nothing was measured but its loss. */
export function quality({ outputs, test_metrics: metrics }: ModelManifest): string {
  const accuracy = metrics['test_accuracy'];
  if (outputs[0]?.task === 'classification' && accuracy !== undefined) {
    return `${percent(accuracy)} right on its test images`;
  }
  const found = Object.entries(metrics).find(([name]) => !name.endsWith('loss'));
  return found ? `${found[0].replace(/^test_/, '').replaceAll('_', ' ')} = ${figure(found[1])} on its test images` : '';
}

/** A number as people read it: three figures, and of a large one also those before the point. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1_000_000)) {
    return value.toExponential(1);
  }
  return String(size < 100 ? Number(value.toPrecision(3)) : Math.round(10 * value) / 10);
}

/** The call that gives the same prediction. */
export function asCode(name: string, version: number, answer: Answered | undefined): string {
  const { result, picture, features } = answer ?? {};
  const parts = [`"${name}"`];
  if (result?.sample) {
    parts.push(`dataset="${result.sample.dataset}"`, `index=${result.sample.index}`);
  } else if (picture || !features) {
    parts.push(`"${picture?.name ?? 'picture.png'}"`);
  }
  if (features) {
    const pairs = Object.entries(features).map(([feature, value]) => `"${feature}": ${value}`);
    parts.push(`features={${pairs.join(', ')}}`);
  }
  return `lab.predict(${parts.join(', ')}, version=${version})`;
}

/** The largest picture that is sent, in bytes: a Jupyter server closes the connection at a message above 10 MB. */
export const MAX_PICTURE_BYTES = 8_000_000;

/** Why a file cannot be asked about, or null where it can. */
export function refusal(file: { name: string; size: number; type: string }): { message: string; hint: string } | null {
  if (file.type && !file.type.startsWith('image/')) {
    return { message: `'${file.name}' is no picture.`, hint: 'Choose a PNG, JPEG or TIFF file.' };
  }
  if (file.size > MAX_PICTURE_BYTES) {
    return {
      message: `'${file.name}' has ${(file.size / 1e6).toFixed(1)} MB; a picture may have 8 MB here.`,
      hint: 'Cut out the part that matters, or make it smaller: the model shrinks it anyway.'
    };
  }
  return null;
}
