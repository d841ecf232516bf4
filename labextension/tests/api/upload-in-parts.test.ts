import { describe, expect, it, vi } from 'vitest';
import { uploadInParts } from '../../src/api/upload-in-parts';

const MIB = 1024 * 1024;

function file(size: number): File {
  const made = new File([new Uint8Array(size)], 'tiles.zip');
  // jsdom's Blob has no arrayBuffer().
  made.slice = (start = 0, end = size) =>
    ({ arrayBuffer: () => Promise.resolve(new ArrayBuffer(Math.min(end, size) - start)) }) as Blob;
  return made;
}

describe('an upload in parts', () => {
  it('sends part after part, tells how far it is, and tidies up', async () => {
    const call = vi.fn((name: string) => Promise.resolve(name === 'uploads.finish' ? { id: 'tiles' } : 'u1'));
    const shares: number[] = [];
    const made = await uploadInParts(call as never, file(5 * MIB), { id: 'tiles', name: 'Tiles' }, share => {
      shares.push(share);
    });
    expect(made).toEqual({ id: 'tiles' });
    expect(call.mock.calls.map(([name]) => name)).toEqual([
      'uploads.begin',
      'uploads.part',
      'uploads.part',
      'uploads.part',
      'uploads.finish',
      'uploads.forget'
    ]);
    expect(shares).toEqual([0.4, 0.8, 1]);
  });

  it('tidies up after a refusal and passes it on', async () => {
    const call = vi.fn((name: string) =>
      name === 'uploads.finish' ? Promise.reject(new Error('two sizes')) : Promise.resolve('u1')
    );
    await expect(uploadInParts(call as never, file(10), { id: 'tiles' })).rejects.toThrow('two sizes');
    expect(call.mock.lastCall?.[0]).toBe('uploads.forget');
  });
});
