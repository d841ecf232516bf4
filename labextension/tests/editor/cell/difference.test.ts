import { describe, expect, it } from 'vitest';
import { changedParts, differenceOf } from '../../../src/editor/cell/difference';

const shown = (before: string, after: string): string[] =>
  differenceOf(before, after).map(line => line.sign + line.text);

describe('the difference of two texts', () => {
  it('keeps what both have, in order', () => {
    expect(shown('a\nb\nc\nd', 'a\nc\nx\nd')).toEqual([' a', '-b', ' c', '+x', ' d']);
  });

  it('is empty for equal texts, and whole for texts without a common line', () => {
    expect(shown('a\nb', 'a\nb')).toEqual([' a', ' b']);
    expect(shown('a', 'b')).toEqual(['-a', '+b']);
  });

  it('gives both texts back, whatever they are', () => {
    let seed = 7;
    const next = (): number => (seed = (seed * 48271) % 2147483647);
    for (let round = 0; round < 200; round += 1) {
      const text = (): string => Array.from({ length: 1 + (next() % 9) }, () => 'abc'[next() % 3]).join('\n');
      const [before, after] = [text(), text()];
      const lines = differenceOf(before, after);
      const side = (sign: '-' | '+'): string =>
        lines
          .filter(line => line.sign === ' ' || line.sign === sign)
          .map(line => line.text)
          .join('\n');
      expect([side('-'), side('+')]).toEqual([before, after]);
    }
  });

  it('leaves out what is far from a change', () => {
    const before = Array.from({ length: 12 }, (_, index) => `line ${index}`);
    const after = before.map((line, index) => (index === 9 ? 'new' : line));
    const parts = changedParts(differenceOf(before.join('\n'), after.join('\n')));
    expect(parts[0]?.text).toBe('line 7');
    expect(parts).toHaveLength(6);
    expect(
      changedParts(differenceOf('a\nb\nc\nd\ne\nf\ng\nh', 'x\nb\nc\nd\ne\nf\ng\ny')).filter(part => part === null)
    ).toHaveLength(1);
  });
});
