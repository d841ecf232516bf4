import type { PredictionResult } from '../../api';

/** One prediction of this sitting. */
export interface Answered {
  result: PredictionResult;
  /** The file's name, or which sample it was. */
  source: string;
  key: number;
}

/** Whether the network was right; null where nobody knows the truth. */
export function isRight(result: PredictionResult): boolean | null {
  const truth = result.sample?.class_name;
  return truth === null || truth === undefined ? null : truth === result.predicted;
}

/** The largest probability: how sure the network is of its answer. */
export function sureness(result: PredictionResult): number {
  return Math.max(0, ...result.probabilities);
}

/** Right and wrong answers so far, of those where the truth is known. */
export function tally(answers: Answered[]): { right: number; known: number } {
  const known = answers.map(answer => isRight(answer.result)).filter(right => right !== null);
  return { right: known.filter(Boolean).length, known: known.length };
}

/** The call of the client that gives the same prediction. */
export function asCode(name: string, version: number, answer: Answered | undefined): string {
  const sample = answer?.result.sample;
  const call = sample
    ? `predict_sample("${name}", dataset="${sample.dataset}", index=${sample.index}, version=${version})`
    : `predict("${name}", open("${answer?.source ?? 'picture.png'}", "rb").read(), version=${version})`;
  return `lab.connect().models.${call}`;
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
