import { readMask, useAnswer, type Answer, type Mask } from '../../elements';

/** What is drawn where two masks differ, in the order of its values 1, 2, 3; their colors are below. */
export const DIFFERENCES = ['only the network says so', 'missed by the network', 'another class'] as const;

export const DIFFERENCE_COLORS = [
  [255, 140, 40],
  [0, 200, 255],
  [255, 90, 160]
] as const;

/** Where the network's mask and the true one differ, as a mask of {@link DIFFERENCES}. What nobody annotated is clear. */
export function differences(predicted: Mask, truth: Mask): Mask {
  const classes = predicted.classes.map((said, place) => {
    const right = truth.classes[place] ?? 0;
    if (right === said || right === 255) {
      return 0;
    }
    return right === 0 ? 1 : said === 0 ? 2 : 3;
  });
  return { ...predicted, classes };
}

/** A mask drawn larger, so that the outlines of small pictures stay fine: each value becomes a square of equal ones. */
export function enlarged(mask: Mask, px = 256): Mask {
  const factor = Math.max(1, Math.round(px / mask.width));
  const width = factor * mask.width;
  const height = factor * mask.height;
  const classes = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      classes[y * width + x] = mask.classes[Math.floor(y / factor) * mask.width + Math.floor(x / factor)] ?? 0;
    }
  }
  return { width, height, classes };
}

/** A mask that came as a PNG in base64, read once. */
export function useMask(png: string | null): Answer<Mask | null> {
  return useAnswer(async () => (png === null ? null : await readMask(blobOf(png))), png ?? '');
}

function blobOf(png: string): Blob {
  return new Blob([Uint8Array.from(atob(png), letter => letter.charCodeAt(0))], { type: 'image/png' });
}
