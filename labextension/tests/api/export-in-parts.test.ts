import { describe, expect, it, vi } from 'vitest';
import { exportInParts } from '../../src/api/export-in-parts';

describe('an export over messages', () => {
  it('is fetched part by part, put together, and tidied up', async () => {
    const call = vi.fn((name: string, args: Record<string, unknown>) =>
      Promise.resolve(name === 'exports.begin' ? { file: 'f', size: 5 } : new ArrayBuffer(args['start'] === 4 ? 1 : 2))
    );
    const file = await exportInParts(call as never, 'tiles', 'npz');
    expect(file.size).toBe(5);
    expect(call.mock.calls.map(([name, args]) => [name, args['start']])).toEqual([
      ['exports.begin', undefined],
      ['exports.part', 0],
      ['exports.part', 2],
      ['exports.part', 4],
      ['exports.forget', undefined]
    ]);
  });

  it('that breaks off is tidied up too', async () => {
    const call = vi.fn((name: string) =>
      name === 'exports.part' ? Promise.reject(new Error('gone')) : Promise.resolve({ file: 'f', size: 5 })
    );
    await expect(exportInParts(call as never, 'tiles', 'npz')).rejects.toThrow('gone');
    expect(call.mock.lastCall?.[0]).toBe('exports.forget');
  });
});
