import { useCallback, useSyncExternalStore } from 'react';
import type { Traits } from '../api';

/** What is needed of an anywidget model to share values with Python. */
export interface TraitModel extends Traits {
  set(name: string, value: unknown): void;
  save_changes(): void;
}

/** A trait of the Python side, kept in step: its value, and how to change it. */
export function useTrait<T>(model: TraitModel, name: string): [T, (value: T) => void] {
  const subscribe = useCallback(
    (changed: () => void) => {
      model.on(`change:${name}`, changed);
      return () => {
        model.off(`change:${name}`, changed);
      };
    },
    [model, name]
  );
  const value = useSyncExternalStore(subscribe, () => model.get(name) as T);
  const change = useCallback(
    (next: T) => {
      model.set(name, next);
      model.save_changes();
    },
    [model, name]
  );
  return [value, change];
}
