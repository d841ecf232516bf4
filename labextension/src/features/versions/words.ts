/** How versions are spoken of. */
import type { DifferenceLine, Version } from '../../api';
import { count } from '../../elements/numbers';

/** Its name, or the training that kept it. */
export function titleOf({ name, created_at }: Pick<Version, 'name' | 'created_at'>): string {
  return name || `Training of ${clock(created_at)}`;
}

export function clock(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** `12 layers · 61,706 parameters`. */
export function sizeOf({ layers, parameters }: Pick<Version, 'layers' | 'parameters'>): string {
  return `${plural(layers, 'layer')} · ${plural(parameters, 'parameter')}`;
}

/** What a sign says, for those who do not see it. */
export const SIGNS: Record<DifferenceLine['sign'], string> = {
  '+': 'New',
  '-': 'Gone',
  '~': 'Changed',
  ' ': 'Besides'
};

export function plural(number: number, word: string): string {
  return `${count(number)} ${word}${number === 1 ? '' : 's'}`;
}
