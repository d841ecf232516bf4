import type { DatasetsApi } from '../api';
import type { Choice } from './param-field';

/** The data sets that can be chosen: the stored ones, and the built-in ones that are made on first use. */
export async function datasetChoices(datasets: DatasetsApi): Promise<Choice[]> {
  const [stored, builtins] = await Promise.all([datasets.list(), datasets.builtins()]);
  const known = new Set(stored.map(card => card.id));
  return [...stored, ...builtins.filter(card => !known.has(card.id))].map(card => ({
    value: card.id,
    label: card.name
  }));
}
