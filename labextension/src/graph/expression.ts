/** The value of an expression in a block, `=channels * 2`; the same as `patholearn_lab/graph/expressions.py`. */
import type { ParamValue } from '../generated';

const MAX_NUMBER = 2 ** 53;
const TOKEN = /\s*(\/\/|[-+*()]|\d+|[A-Za-z_]\w*)/y;

/** Throws an `Error` that says what is wrong, to be put behind the expression. */
export function evaluate(expression: string, names: Readonly<Record<string, ParamValue>>): ParamValue {
  const tokens = tokensOf(expression.replace(/^=/, ''));
  let place = 0;
  const take = (token: string): boolean => tokens[place] === token && ++place > 0;
  const value = sum();
  if (place < tokens.length) {
    throw new Error('is no expression');
  }
  return value;

  function sum(): ParamValue {
    let left = product();
    for (;;) {
      if (take('+')) {
        left = bounded(whole(left) + whole(product()));
      } else if (take('-')) {
        left = bounded(whole(left) - whole(product()));
      } else {
        return left;
      }
    }
  }

  function product(): ParamValue {
    let left = factor();
    for (;;) {
      if (take('*')) {
        left = bounded(whole(left) * whole(factor()));
      } else if (take('//')) {
        const [first, second] = [whole(left), whole(factor())];
        if (second === 0) {
          throw new Error('divides by zero');
        }
        left = Math.floor(first / second);
      } else {
        return left;
      }
    }
  }

  function factor(): ParamValue {
    if (take('-')) {
      return -whole(factor());
    }
    if (take('(')) {
      const inner = sum();
      if (!take(')')) {
        throw new Error('is no expression');
      }
      return inner;
    }
    const token = tokens[place++] ?? '';
    if (/^\d/.test(token)) {
      return bounded(Number(token));
    }
    if (!/^[A-Za-z_]/.test(token)) {
      throw new Error('is no expression');
    }
    if (!Object.hasOwn(names, token)) {
      throw new Error(`uses '${token}', which is no parameter of the block`);
    }
    return names[token] ?? null;
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const found = TOKEN.exec(text);
    if (!found) {
      throw new Error('is no expression');
    }
    tokens.push(found[1] ?? '');
  }
  return tokens;
}

function whole(value: ParamValue): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new Error(`calculates with ${String(value)}, which is no whole number`);
  }
  return value;
}

function bounded(value: number): number {
  if (Math.abs(value) > MAX_NUMBER) {
    throw new Error('gives a number beyond 2^53');
  }
  return value;
}
