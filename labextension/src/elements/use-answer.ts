import { useCallback, useEffect, useRef, useState } from 'react';

export interface Answer<T> {
  /** The last answer; stays while a newer one is asked for. */
  value: T | undefined;
  reason: unknown;
  isLoading: boolean;
  reload: () => void;
}

/** Asks once, and again whenever `key` changes or `reload` is called; an answer that was overtaken is dropped. */
export function useAnswer<T>(ask: () => Promise<T>, key: string): Answer<T> {
  const [state, setState] = useState<{ key: string; value?: T; reason?: unknown; isLoading: boolean }>({
    key,
    isLoading: true
  });
  const [round, setRound] = useState(0);
  const asked = useRef(ask);
  asked.current = ask;

  useEffect(() => {
    let isCurrent = true;
    setState(before => (before.key === key ? { ...before, isLoading: true } : { key, isLoading: true }));
    asked.current().then(
      value => {
        if (isCurrent) {
          setState({ key, value, isLoading: false });
        }
      },
      (reason: unknown) => {
        if (isCurrent) {
          setState({ key, reason, isLoading: false });
        }
      }
    );
    return () => {
      isCurrent = false;
    };
  }, [key, round]);

  const reload = useCallback(() => {
    setRound(before => before + 1);
  }, []);
  const isKnown = state.key === key;
  return {
    value: isKnown ? state.value : undefined,
    reason: isKnown ? state.reason : undefined,
    isLoading: !isKnown || state.isLoading,
    reload
  };
}
