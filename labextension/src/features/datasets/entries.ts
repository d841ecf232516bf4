import type { BuiltinCard, Manifest, Split } from '../../api';
import { count } from '../../elements';

export const SPLITS: readonly Split[] = ['train', 'valid', 'test'];
export const SPLIT_WORDS: Record<Split, string> = { train: 'Training', valid: 'Validation', test: 'Test' };

/** A line of the list: a stored data set, or a built-in one that is not made yet. */
export interface Entry {
  id: string;
  name: string;
  manifest: Manifest | null;
  builtin: BuiltinCard | null;
}

/** Stored sets first, then what could be made; each by name. */
export function entries(stored: Manifest[], builtins: BuiltinCard[]): Entry[] {
  const byId = new Map(builtins.map(card => [card.id, card]));
  const known = stored.map(manifest => ({
    id: manifest.id,
    name: manifest.name,
    manifest,
    builtin: byId.get(manifest.id) ?? null
  }));
  const here = new Set(stored.map(manifest => manifest.id));
  const missing = builtins
    .filter(card => !here.has(card.id))
    .map(card => ({ id: card.id, name: card.name, manifest: null, builtin: card }));
  const byName = (a: Entry, b: Entry): number => a.name.localeCompare(b.name);
  return [...known.sort(byName), ...missing.sort(byName)];
}

/** How many images one split has, or all splits together. */
export function total(manifest: Pick<Manifest, 'splits'>, split?: Split): number {
  const splits = split ? [split] : SPLITS;
  return splits.reduce(
    (sum, name) => sum + Object.values(manifest.splits[name] ?? {}).reduce((part, value) => part + value, 0),
    0
  );
}

/** Where the pictures and their labels come from, in a few words. */
export function origin(manifest: Manifest): { word: string; explanation: string } {
  if (manifest.drawn) {
    return {
      word: 'Drawn by code',
      explanation: 'A program drew these images. They look like tissue, but no patient is behind them.'
    };
  }
  if (manifest.computed_labels) {
    return {
      word: 'Labels computed, not drawn by an expert',
      explanation: 'The images are real; what they show was decided by a computation and may be wrong in places.'
    };
  }
  return { word: 'Real images', explanation: 'Real images with labels that people gave.' };
}

/** How files end that may hold a data set; the same as in `datasets/importers` (a test compares them). */
export const ENDINGS = ['.npz', '.zip', '.tar', '.tar.gz', '.tgz', '.h5', '.hdf5', '.h5.gz', '.csv', '.tsv', '.csv.gz'];

/** A file's name without such an ending: "My tiles.tar.gz" is "My tiles". */
export function stemOfFile(fileName: string): string {
  const ending = ENDINGS.find(one => fileName.toLowerCase().endsWith(one));
  return ending === undefined ? fileName : fileName.slice(0, -ending.length);
}

/** A data set's id out of what it is called: "My tiles (2)" is "my-tiles-2"; with a number behind it where it is taken. */
export function idFromName(name: string, taken: readonly string[] = []): string {
  const plain =
    name
      .toLowerCase()
      .replace(/[^a-z0-9_.]+/g, '-')
      .replace(/\.{2,}/g, '.')
      .replace(/^[-._]+|[-._]+$/g, '')
      .slice(0, 60) || 'my-data';
  let id = plain;
  for (let number = 2; taken.includes(id); number++) {
    id = `${plain}-${number}`;
  }
  return id;
}

/** What the classes of a set are for, in a few words. */
export function taskWords({ task, classes }: Pick<Manifest, 'task' | 'classes'>): string {
  switch (task) {
    case 'classification':
      return `tell ${count(classes.length)} classes apart`;
    case 'multilabel':
      return `say which of ${classes.join(', ')} are there; several may be`;
    case 'segmentation':
      return `outline ${classes.slice(1).join(', ') || 'regions'}`;
    case 'regression':
      return `tell the numbers ${classes.join(', ')}`;
  }
}

/** How large the images are; empty for a table without any. */
export function sizeWords({ width, height, channels }: Pick<Manifest, 'width' | 'height' | 'channels'>): string {
  return channels ? `${width} × ${height} pixels, ${channels === 1 ? 'grey' : 'color'}` : '';
}

/** 1234567 is "1.2 MB". */
export function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${count(Math.ceil(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;
}
