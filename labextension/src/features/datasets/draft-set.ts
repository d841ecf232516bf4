/** A data set that is being put together out of single pictures. */
export interface DraftClass {
  key: number;
  name: string;
  files: File[];
}

/** The fewest pictures of a class: one trains, one validates, one tests. */
export const FEWEST = 3;

const PICTURE = /\.(png|jpe?g|tiff?|bmp|gif|webp)$/i;

/** Whether a file is a picture by its name. */
export function isPicture(file: File): boolean {
  return PICTURE.test(file.name);
}

/** What is still missing, as a sentence; empty where nothing is. */
export function missingOf(name: string, classes: DraftClass[]): string {
  if (!name.trim()) {
    return 'The data set needs a name.';
  }
  const names = classes.map(one => one.name.trim().toLowerCase());
  for (const [place, one] of classes.entries()) {
    const called = one.name.trim();
    if (!called) {
      return `Class ${String(place + 1)} needs a name.`;
    }
    if (/[/\\:]/.test(called) || called.startsWith('.')) {
      return `'${called}' cannot be the name of a class: leave out / \\ : and a dot at its beginning.`;
    }
    if (names.indexOf(called.toLowerCase()) !== place) {
      return `Two classes are called '${called}'.`;
    }
    if (one.files.length < FEWEST) {
      const more = FEWEST - one.files.length;
      return `'${called}' needs ${String(more)} more picture${more > 1 ? 's' : ''}.`;
    }
  }
  return '';
}
