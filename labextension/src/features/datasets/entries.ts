import type { BuiltinCard, Manifest, Split } from '../../api';

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
export function total(manifest: Manifest, split?: Split): number {
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
export const ENDINGS = ['.npz', '.zip', '.tar', '.tar.gz', '.tgz', '.csv', '.tsv', '.csv.gz'];

/** A file's name without such an ending: "My tiles.tar.gz" is "My tiles". */
export function stemOfFile(fileName: string): string {
  const ending = ENDINGS.find(one => fileName.toLowerCase().endsWith(one));
  return ending === undefined ? fileName : fileName.slice(0, -ending.length);
}

/** A data set's id out of a file's name: "My tiles (2).zip" is "my-tiles-2". */
export function idFromFile(fileName: string): string {
  const stem = stemOfFile(fileName).toLowerCase();
  return (
    stem
      .replace(/[^a-z0-9_.]+/g, '-')
      .replace(/\.{2,}/g, '.')
      .replace(/^[-._]+|[-._]+$/g, '')
      .slice(0, 64) || 'my-data'
  );
}
