import type { ArchitecturesApi, NetworkCard } from '../api';
import { count } from './format';
import type { Suggestion } from './suggestion-list';

const MOST = 30;

/**
 * Names of whole networks that may be meant. Encoders of segmentation-models-pytorch (`smp`) depend on the architecture
 * that they are in: their names are pairs there, `Unet/resnet34`.
 */
export async function networkSuggestions(
  architectures: Pick<ArchitecturesApi, 'networks'>,
  library: string,
  text: string,
  architecture = ''
): Promise<Suggestion[]> {
  const within = architecture ? `${architecture}/` : '';
  const found = await architectures.networks(library, { text: `${architecture} ${text}`.trim(), limit: MOST });
  return found
    .filter(card => card.name.startsWith(within))
    .map(card => ({ value: card.name.slice(within.length), note: noteOf(card) }));
}

function noteOf(card: NetworkCard): string {
  const weights = `${count(card.parameters)} weights`;
  const size = card.any_size ? '' : `, ${card.height} × ${card.width} px`;
  return `${weights}${size}${card.weights.length > 0 ? ', pre-trained' : ''}`;
}
