import type { Doubt } from '../../../api';

/** A class (null where nobody can tell), or to leave the label as it is. */
export type Decision = { label: string | null } | 'skip';

/** How far a person has come in a list of doubts. */
export interface Progress {
  doubts: readonly Doubt[];
  /** The doubt that is looked at; behind the last one, all were seen. */
  place: number;
  /** By the number of the sample. */
  decisions: ReadonlyMap<number, Decision>;
  /** What was before each decision, to take it back. */
  past: readonly { place: number; decision: Decision | undefined }[];
}

export function beginning(doubts: readonly Doubt[]): Progress {
  return { doubts, place: 0, decisions: new Map(), past: [] };
}

/** Decides on the doubt that is looked at, and goes on to the next. */
export function decide(progress: Progress, decision: Decision): Progress {
  const { doubts, place, decisions, past } = progress;
  const doubt = doubts[place];
  if (!doubt) {
    return progress;
  }
  return {
    doubts,
    place: place + 1,
    decisions: new Map(decisions).set(doubt.index, decision),
    past: [...past, { place, decision: decisions.get(doubt.index) }]
  };
}

/** Takes the last decision back, and looks at its doubt again. */
export function undo(progress: Progress): Progress {
  const last = progress.past.at(-1);
  const doubt = last && progress.doubts[last.place];
  if (!last || !doubt) {
    return progress;
  }
  const decisions = new Map(progress.decisions);
  if (last.decision === undefined) {
    decisions.delete(doubt.index);
  } else {
    decisions.set(doubt.index, last.decision);
  }
  return { ...progress, place: last.place, decisions, past: progress.past.slice(0, -1) };
}

export function goTo(progress: Progress, place: number): Progress {
  return { ...progress, place: Math.min(Math.max(0, place), progress.doubts.length) };
}

/** What a key decides: Enter accepts, digits are classes, 0 is none of them, S leaves the label. */
export function decisionOf(key: string, doubt: Doubt, classes: readonly string[]): Decision | undefined {
  if (key === 'Enter') {
    return { label: doubt.suggested };
  }
  if (key === 's' || key === 'S') {
    return 'skip';
  }
  if (key === '0') {
    return { label: null };
  }
  const named = /^[1-9]$/.test(key) ? classes[Number(key) - 1] : undefined;
  return named === undefined ? undefined : { label: named };
}

/** The samples that get another class than they have. */
export function relabeled({ doubts, decisions }: Progress): Record<number, string | null> {
  const labels: Record<number, string | null> = {};
  for (const doubt of doubts) {
    const decision = decisions.get(doubt.index);
    if (decision && decision !== 'skip' && decision.label !== doubt.given) {
      labels[doubt.index] = decision.label;
    }
  }
  return labels;
}
