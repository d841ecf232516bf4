import { beforeEach, describe, expect, it, vi } from 'vitest';
import { helpFigure } from '../../src/editor/help-figure';
import type { ParamValue } from '../../src/generated';

const figure = (kind: string, params: Record<string, ParamValue>): HTMLElement | undefined =>
  helpFigure(kind, name => params[name] ?? null);
const isStill = vi.fn(() => false);

beforeEach(() => {
  isStill.mockReturnValue(false);
  window.matchMedia = vi.fn(() => ({ matches: isStill() })) as never;
});

describe('the figure of a layer', () => {
  it('moves the window of a convolution over its padded image by its stride', () => {
    const drawn = figure('conv2d', { kernel_size: 3, stride: 2, padding: 1, dilation: 1 });
    expect(drawn?.textContent).toContain('3 × 3 values; the window moves on by 2. 6 × 6 become 3 × 3.');
    expect(drawn?.querySelectorAll('.plab-figure-pad')).toHaveLength(8 * 8 - 6 * 6);
    const [places] = [...(drawn?.querySelectorAll('animateTransform') ?? [])].map(one => one.getAttribute('values'));
    expect(places?.split(';').slice(0, 4)).toEqual(['0 0', '22 0', '44 0', '0 22']);
  });

  it('spreads the window of a dilated one, and a pool moves on by its window', () => {
    const at = [
      ...(figure('conv2d', { kernel_size: 2, dilation: 3, stride: 1, padding: 0 })?.querySelectorAll(
        'g > .plab-figure-look'
      ) ?? [])
    ];
    expect(at.slice(0, 4).map(cell => [cell.getAttribute('x'), cell.getAttribute('y')])).toEqual([
      ['0', '0'],
      ['33', '0'],
      ['0', '33'],
      ['33', '33']
    ]);
    expect(figure('max_pool2d', { kernel_size: '2, 3' })?.textContent).toContain(
      'moves on by 2 and 3. 6 × 6 become 3 × 2.'
    );
  });

  it('stands still for whoever wants pages that do not move, and can be stopped by all others', () => {
    const drawn = figure('conv2d', { kernel_size: 3 });
    expect(drawn?.querySelector('button')?.textContent).toBe('Stop the motion');
    isStill.mockReturnValue(true);
    const still = figure('conv2d', { kernel_size: 3 });
    expect(still?.querySelector('animateTransform, button')).toBeNull();
  });

  it.each([
    ['conv2d', { kernel_size: 31 }],
    ['conv2d', { kernel_size: 3, stride: 0 }],
    ['conv2d', { kernel_size: 1e9 }],
    ['dropout', { p: '=share' }],
    ['upsample', { scale_factor: 1.5 }],
    ['upsample', { scale_factor: 1e9 }],
    ['relu', {}]
  ])('is left out where it would show nothing: %s %j', (kind, params) => {
    expect(figure(kind, params)).toBeUndefined();
  });

  it.each(['dropout', 'linear', 'upsample', 'add', 'concatenate', 'avg_pool2d'])('is there for %s', kind => {
    expect(
      figure(kind, { p: 0.25, out_features: 3, scale_factor: 2, kernel_size: 2 })?.querySelector('svg')
    ).not.toBeNull();
  });
});
