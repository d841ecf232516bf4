/** What a widget model keeps of a trait and tells of its changes. */
export interface Traits {
  get(name: string): unknown;
  on(name: string, callback: () => void): void;
  off(name: string, callback: () => void): void;
}

/** Calls back with a trait's value, now and after each change; returns what ends that. */
export function followTrait<T>(model: Traits, name: string, callback: (value: T) => void): () => void {
  const tell = (): void => {
    callback(model.get(name) as T);
  };
  model.on(`change:${name}`, tell);
  tell();
  return () => {
    model.off(`change:${name}`, tell);
  };
}
