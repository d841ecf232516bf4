import type { DatasetChange, DuplicateGroup, Split } from '../../../api';
import { SPLITS } from '../entries';

/** All pictures of a group but one: the first of its last split stays, so that the test split stays whole. */
export function copiesOf({ samples }: DuplicateGroup): number[] {
  const last = SPLITS.filter(split => samples.some(sample => sample.split === split)).at(-1);
  const stays = samples.find(sample => sample.split === last);
  return samples.filter(sample => sample !== stays).map(({ index }) => index);
}

/** The changes that put each group into the split where most of it is; a version for each split that gets some. */
export function movesOf(groups: readonly DuplicateGroup[]): DatasetChange[] {
  const moves = new Map<Split, number[]>();
  for (const { samples } of groups) {
    const inSplit = (split: Split): number => samples.filter(sample => sample.split === split).length;
    const home = SPLITS.reduce((best, split) => (inSplit(split) > inSplit(best) ? split : best));
    const others = samples.filter(sample => sample.split !== home).map(({ index }) => index);
    moves.set(home, [...(moves.get(home) ?? []), ...others]);
  }
  return SPLITS.flatMap(split => {
    const samples = moves.get(split) ?? [];
    return samples.length > 0 ? [{ kind: 'move' as const, split, samples: [...samples].sort((a, b) => a - b) }] : [];
  });
}
