import type { DatasetChange } from '../../../api';

/** What becomes of a class: it stays (under a name), is left out, or stands for what nobody annotated. */
export interface ClassPlan {
  from: string;
  to: string;
  fate: 'keep' | 'leave out' | 'not annotated';
}

export function plansOf(classes: readonly string[]): ClassPlan[] {
  return classes.map(name => ({ from: name, to: name, fate: 'keep' }));
}

/** What keeps the plans from being carried out, as a sentence; empty where nothing does. */
export function problemOf(plans: readonly ClassPlan[]): string {
  const kept = plans.filter(plan => plan.fate === 'keep');
  const unnamed = kept.find(plan => !plan.to.trim());
  if (unnamed) {
    return `'${unnamed.from}' needs a name.`;
  }
  const names = new Set(kept.map(plan => plan.to.trim()));
  return names.size < 2 ? 'At least two classes have to be left, to be told apart.' : '';
}

/** The change that carries the plans out; classes with one name become one. Null where nothing changes. */
export function reclassing(plans: readonly ClassPlan[], of: 'labels' | 'masks'): DatasetChange | null {
  const kept = plans.filter(plan => plan.fate === 'keep').map(plan => ({ ...plan, to: plan.to.trim() }));
  const merge: Record<string, string[]> = {};
  const rename: Record<string, string> = {};
  for (const { from, to } of kept) {
    const alike = kept.filter(plan => plan.to === to).map(plan => plan.from);
    if (alike.length > 1) {
      merge[to] = alike;
    } else if (from !== to) {
      rename[from] = to;
    }
  }
  const notAnnotated = plans.filter(plan => plan.fate === 'not annotated').map(plan => plan.from);
  const isSubset = plans.some(plan => plan.fate === 'leave out');
  const keep = plans.filter(plan => plan.fate !== 'leave out').map(plan => plan.from);
  const change = {
    kind: 'reclass' as const,
    of,
    ...(isSubset ? { keep } : {}),
    ...(Object.keys(merge).length > 0 ? { merge } : {}),
    ...(Object.keys(rename).length > 0 ? { rename } : {}),
    ...(notAnnotated.length > 0 ? { not_annotated: notAnnotated } : {})
  };
  return Object.keys(change).length > 2 ? change : null;
}
