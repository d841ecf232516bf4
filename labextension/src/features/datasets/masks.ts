import { CLASS_COLORS } from '../../generated';

/** Masks made visible: each class has a color, its inside is faint and its outline is full. */

const INSIDE = 40;

/** Colors class indices: 0 is background and stays clear; a pixel beside another class belongs to an outline. */
export function colorMask(classes: Uint8ClampedArray, width: number, height: number): Uint8ClampedArray {
  const painted = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = y * width + x;
      const value = classes[place] ?? 0;
      if (value === 0) {
        continue;
      }
      const isOutline =
        (x > 0 && classes[place - 1] !== value) ||
        (x < width - 1 && classes[place + 1] !== value) ||
        (y > 0 && classes[place - width] !== value) ||
        (y < height - 1 && classes[place + width] !== value);
      const [red, green, blue] = CLASS_COLORS[(value - 1) % CLASS_COLORS.length] ?? [255, 214, 10];
      painted.set([red, green, blue, isOutline ? 255 : INSIDE], 4 * place);
    }
  }
  return painted;
}

/** Draws a grey picture of class indices, colored, into a canvas of the same size. */
export function paintMask(canvas: HTMLCanvasElement, mask: ImageBitmap): void {
  const { width, height } = mask;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) {
    return;
  }
  context.drawImage(mask, 0, 0);
  const picture = context.getImageData(0, 0, width, height);
  const classes = new Uint8ClampedArray(width * height);
  for (let place = 0; place < classes.length; place++) {
    classes[place] = picture.data[4 * place] ?? 0;
  }
  picture.data.set(colorMask(classes, width, height));
  context.putImageData(picture, 0, 0);
}
