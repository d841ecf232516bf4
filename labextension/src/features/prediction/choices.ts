import type { ModelManifest } from '../../api';

/** What the person chose so far; null leaves it to the program. */
export interface Choice {
  model: string | null;
  version: number | null;
}

/** The model to ask: the chosen one, else the newest of the graph, else (where there is no graph) the newest of all. */
export function chosenModel(models: ModelManifest[], graph: string, choice: Choice): ModelManifest | null {
  const newest = [...models].sort((a, b) => b.created_at.localeCompare(a.created_at) || b.version - a.version);
  if (choice.model !== null) {
    return (
      newest.find(
        model => model.name === choice.model && (choice.version === null || model.version === choice.version)
      ) ?? null
    );
  }
  return newest.find(model => !graph || model.graph === graph) ?? null;
}

/** The names of the models, each once, that with the newest version first. */
export function modelNames(models: ModelManifest[]): string[] {
  return [...new Set([...models].sort((a, b) => b.created_at.localeCompare(a.created_at)).map(model => model.name))];
}

/** The versions of one model, the newest first. */
export function versionsOf(models: ModelManifest[], name: string): number[] {
  return models
    .filter(model => model.name === name)
    .map(model => model.version)
    .sort((a, b) => b - a);
}
