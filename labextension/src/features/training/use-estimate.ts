import { useState } from 'react';
import type { Estimate } from '../../api';

export interface Estimated {
  /** What the last measurement said; undefined where nothing was measured for what is asked about now. */
  estimate: Estimate | undefined;
  reason: unknown;
  isMeasuring: boolean;
  measure: () => void;
}

/** An estimate on demand. `about` says in one text what is asked about: with another one, the answer is out of date. */
export function useEstimate(ask: () => Promise<Estimate>, about: string): Estimated {
  const [answer, setAnswer] = useState<{ about: string; estimate?: Estimate; reason?: unknown }>();
  const [isMeasuring, setIsMeasuring] = useState(false);
  const measure = (): void => {
    setIsMeasuring(true);
    setAnswer(undefined);
    ask()
      .then(
        estimate => {
          setAnswer({ about, estimate });
        },
        (reason: unknown) => {
          setAnswer({ about, reason });
        }
      )
      .finally(() => {
        setIsMeasuring(false);
      });
  };
  const current = answer?.about === about ? answer : undefined;
  return { estimate: current?.estimate, reason: current?.reason, isMeasuring, measure };
}
