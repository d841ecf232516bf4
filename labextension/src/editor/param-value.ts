/** What a person typed, as a parameter's value; or what is wrong with it. */
import type { Param, ParamValue } from '../generated';

export type Parsed = { value: ParamValue } | { problem: string };

const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;

/** Reads the text of a field. Empty means the default where that is empty itself, and is a problem elsewhere. */
export function parseValue(param: Param, text: string): Parsed {
  const typed = text.trim();
  if (param.type !== 'int' && param.type !== 'float') {
    return { value: text };
  }
  if (typed === '') {
    return param.default === null ? { value: null } : { problem: `A number is needed here${range(param)}.` };
  }
  if (!NUMBER.test(typed)) {
    return { problem: `“${typed}” is not a number.` };
  }
  const value = Number(typed.replace(',', '.'));
  if (param.type === 'int' && !Number.isInteger(value)) {
    return { problem: `${param.label} is a whole number; ${typed} is not.` };
  }
  if (param.minimum !== null && value < param.minimum) {
    return { problem: `${typed} is too small: ${param.label} is at least ${param.minimum}.` };
  }
  if (param.maximum !== null && value > param.maximum) {
    return { problem: `${typed} is too large: ${param.label} is at most ${param.maximum}.` };
  }
  return { value };
}

function range(param: Param): string {
  return param.minimum !== null && param.maximum !== null ? `, from ${param.minimum} to ${param.maximum}` : '';
}
