import type { DatasetsApi, Looks, Manifest, Sample, Split } from '../../api';
import { SPLITS, total } from './entries';

export const PAGE = 24;

/** Which images the reader wants to see; an empty string is all of them. */
export interface Filter {
  split: Split | '';
  className: string;
  /** A part of the names of the images that are wanted. */
  text: string;
  looks?: Looks | null;
}

/** Where the next page of one class begins (null at its end), or of all images together. */
interface Cursor {
  className: string | undefined;
  after: number | null;
}

export interface Shown {
  filter: Filter;
  samples: Sample[];
  cursors: Cursor[];
  total: number;
}

/** How many images a filter leaves. */
export function remaining(manifest: Manifest, { split, className }: Omit<Filter, 'text' | 'looks'>): number {
  if (!className) {
    return total(manifest, split || undefined);
  }
  const splits = split ? [split] : SPLITS;
  return splits.reduce((sum, name) => sum + (manifest.splits[name]?.[className] ?? 0), 0);
}

/**
 * Where to begin: at the first image of each class, or at a random one.
 *
 * Classes are read side by side, because a data set may be sorted by class: its first page would show only one.
 */
export function begin(manifest: Manifest, filter: Filter, random?: () => number): Shown {
  const sideBySide = manifest.task === 'classification' && !filter.className && manifest.classes.length <= PAGE;
  const names = sideBySide ? manifest.classes : [filter.className || undefined];
  const place = (className: string | undefined): number => {
    const count = remaining(manifest, { split: filter.split, className: className ?? '' });
    // Nobody knows how many have a text in their names, or look so, before they were looked through.
    return random && !filter.text && !filter.looks ? Math.floor(random() * Math.max(1, count - PAGE + 1)) : 0;
  };
  return {
    filter,
    samples: [],
    cursors: names.map(className => ({ className, after: place(className) })),
    total: remaining(manifest, filter)
  };
}

/** Whether there is nothing after what is shown. */
export function isComplete(shown: Shown): boolean {
  return shown.cursors.every(({ after }) => after === null);
}

/** One page more: as many of each class, in turns. */
export async function extend(datasets: DatasetsApi, manifest: Manifest, shown: Shown): Promise<Shown> {
  const { split, text, looks } = shown.filter;
  const open = shown.cursors.filter(({ after }) => after !== null);
  const limit = Math.ceil(PAGE / Math.max(1, open.length));
  const pages = await Promise.all(
    open.map(({ className, after }) =>
      datasets.samples(manifest.id, {
        split: split || undefined,
        className,
        text: text || undefined,
        looks: looks ?? undefined,
        after: after ?? 0,
        limit
      })
    )
  );
  const longest = Math.max(0, ...pages.map(page => page.samples.length));
  const inTurns = Array.from({ length: longest }, (_, turn) => pages.flatMap(page => page.samples[turn] ?? [])).flat();
  const isFirst = shown.samples.length === 0;
  return {
    ...shown,
    total: (text || looks) && isFirst ? pages.reduce((sum, page) => sum + page.total, 0) : shown.total,
    samples: [...shown.samples, ...inTurns],
    cursors: open.map(({ className }, place) => ({ className, after: pages[place]?.next ?? null }))
  };
}
