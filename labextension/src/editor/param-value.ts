/** What a person typed, as a parameter's value; or what is wrong with it. */
import type { Param, ParamValue } from '../generated';

export type Parsed = { value: ParamValue } | { problem: string };

const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;

/** Reads the text of a field. Empty means the default where that is empty itself, and is a problem elsewhere. */
export function parseValue(param: Param, text: string): Parsed {
  const typed = text.trim();
  if (param.type === 'size' || param.type === 'ints') {
    return parseNumbers(param, typed);
  }
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
  const problem = outOfRange(param, value);
  return problem ? { problem } : { value };
}

/** Reads a size ("3", or "1, 7" for height and width) or a row of whole numbers; they are kept as a text. */
function parseNumbers(param: Param, typed: string): Parsed {
  if (typed === '') {
    return param.default === null ? { value: null } : { problem: 'A number is needed here.' };
  }
  const parts = typed.split(/[\s,×x]+/).filter(part => part !== '');
  const wrong = parts.find(part => !/^-?\d{1,9}$/.test(part));
  if (wrong !== undefined) {
    return { problem: `“${wrong}” is not a whole number.` };
  }
  if (param.type === 'size' && parts.length > 2) {
    return { problem: `${param.label} has two numbers at most: height, width.` };
  }
  const numbers = parts.map(Number);
  const problem = numbers.map(number => outOfRange(param, number)).find(found => found !== '');
  if (problem) {
    return { problem };
  }
  const [first = 0] = numbers;
  const single = param.type === 'size' && numbers.every(number => number === first);
  return { value: single ? first : numbers.join(', ') };
}

function outOfRange(param: Param, value: number): string {
  if (param.minimum !== null && value < param.minimum) {
    return `${value} is too small: ${param.label} is at least ${param.minimum}.`;
  }
  return param.maximum !== null && value > param.maximum
    ? `${value} is too large: ${param.label} is at most ${param.maximum}.`
    : '';
}

function range(param: Param): string {
  return param.minimum !== null && param.maximum !== null ? `, from ${param.minimum} to ${param.maximum}` : '';
}
