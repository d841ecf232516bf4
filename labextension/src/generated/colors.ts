// Written by `patholearn schema export`. Do not edit.

/** Of the classes 1, 2, … in a mask, and again from the first; 0, the background, stays clear. */
export const CLASS_COLORS: readonly (readonly [number, number, number])[] = [
  [255, 214, 10],
  [0, 200, 255],
  [255, 90, 160],
  [90, 230, 120],
  [255, 140, 40],
  [180, 140, 255]
];
