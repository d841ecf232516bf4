/** Numbers and shapes as people read them. */
import type { CheckResult, GraphNode, KindCard, Param, ParamValue } from '../generated';

/** 44426 is "44,426". */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** 281640 is "282 k", 3200000 is "3.2 M". */
export function short(value: number): string {
  const units: [number, string][] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e4, 'k']
  ];
  for (const [from, sign] of units) {
    if (value >= from) {
      const size = sign === 'k' ? 1e3 : from;
      return `${Number((value / size).toPrecision(3))} ${sign}`;
    }
  }
  return count(value);
}

/** 18816 is "18.8 kB". */
export function bytes(value: number): string {
  return value < 1e4 ? `${count(value)} B` : `${short(value).replace(/ ([kMG])$/, ' $1B')}`;
}

/** What a layer needs and sees: "18.8 kB · sees 5 px". */
export function factsLine(facts: CheckResult['nodes'][string] | undefined): string {
  const sees = facts?.receptive_field ? `sees ${count(facts.receptive_field)} px` : '';
  return [facts?.memory_bytes ? bytes(facts.memory_bytes) : '', sees].filter(Boolean).join(' · ');
}

/** [6, 28, 28] is "6 × 28 × 28". */
export function shape(sizes: readonly number[]): string {
  return sizes.join(' × ');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** The value that a parameter has, given or default. */
export function valueOf(node: GraphNode, param: Param): ParamValue {
  return node.params[param.name] ?? param.default;
}

/** The settings that stand on a node: the basic ones that say something, such as "Filters 6 · Kernel size 5 px". */
export function settings(node: GraphNode, card: KindCard): string {
  const shown = card.params.filter(param => param.basic || node.params[param.name] !== undefined);
  const words = shown.map(param => {
    const value = valueOf(node, param);
    if (param.type === 'bool') {
      return value === true && node.params[param.name] !== undefined ? param.label : '';
    }
    if (value === null || value === '' || (param.name === 'stride' && value === param.default)) {
      return '';
    }
    if (param.type === 'dataset') {
      return String(value);
    }
    if (param.type === 'choice') {
      return String(value).replaceAll('_', ' ');
    }
    return `${param.label} ${String(value)}`;
  });
  return words.filter(Boolean).slice(0, 3).join(' · ');
}
