import { CLASS_COLORS } from '../generated';

/** Masks made visible: each class has a color, its inside is faint and its outline is full. */

/** A class index for each pixel, row by row. */
export interface Mask {
  width: number;
  height: number;
  classes: Uint8ClampedArray;
}

/** What stands in a mask where nobody annotated anything; it stays clear. */
const NOT_ANNOTATED = 255;
const FAINT = 40 / 255;

type Color = readonly [number, number, number];

/** The color of a class; null for 0, the background, and for what is not annotated. */
export function classColor(value: number, colors: readonly Color[] = CLASS_COLORS): Color | null {
  return value === 0 || value === NOT_ANNOTATED ? null : (colors[(value - 1) % colors.length] ?? null);
}

/** Colors class indices; a pixel beside another class belongs to an outline. `inside` is how opaque areas are, 0 to 1. */
export function colorMask(
  { classes, width, height }: Mask,
  inside = FAINT,
  colors: readonly Color[] = CLASS_COLORS
): Uint8ClampedArray {
  const painted = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = y * width + x;
      const value = classes[place] ?? 0;
      const color = classColor(value, colors);
      if (!color) {
        continue;
      }
      const isOutline =
        (x > 0 && classes[place - 1] !== value) ||
        (x < width - 1 && classes[place + 1] !== value) ||
        (y > 0 && classes[place - width] !== value) ||
        (y < height - 1 && classes[place + width] !== value);
      painted.set([...color, isOutline ? 255 : Math.round(255 * inside)], 4 * place);
    }
  }
  return painted;
}

/** Reads a grey picture of class indices; null where the browser has no canvas for it. */
export async function readMask(picture: Blob): Promise<Mask | null> {
  const bitmap = await createImageBitmap(picture);
  const { width, height } = bitmap;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) {
    return null;
  }
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, classes: data.filter((_, place) => place % 4 === 0) };
}

/** Draws a mask, colored, into a canvas of the same size. */
export function paintMask(canvas: HTMLCanvasElement, mask: Mask, inside?: number, colors?: readonly Color[]): void {
  const { width, height } = mask;
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  const picture = context?.createImageData(width, height);
  if (context && picture) {
    picture.data.set(colorMask(mask, inside, colors));
    context.putImageData(picture, 0, 0);
  }
}
