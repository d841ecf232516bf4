/** A large file over a widget's messages, in parts: a Jupyter server closes the connection at a message above 10 MB. */
import type { Manifest } from './types';

const PART_BYTES = 2 * 1024 * 1024;

type Call = <T>(name: string, args: Record<string, unknown>, bytes?: ArrayBuffer) => Promise<T>;

/** Sends `file` part by part, each after the one before has arrived, and returns what it became. */
export async function uploadInParts(
  call: Call,
  file: Blob,
  target: { id: string; name?: string },
  onProgress?: (share: number) => void
): Promise<Manifest> {
  const upload = await call<string>('uploads.begin', {
    name: file instanceof File ? file.name : 'upload.zip',
    size: file.size
  });
  try {
    for (let start = 0; start < file.size; start += PART_BYTES) {
      const part = await file.slice(start, start + PART_BYTES).arrayBuffer();
      await call('uploads.part', { upload, data: { buffer: 0 } }, part);
      onProgress?.(Math.min(1, (start + PART_BYTES) / file.size));
    }
    return await call<Manifest>('uploads.finish', { upload, ...target });
  } finally {
    await call('uploads.forget', { upload }).catch(() => undefined);
  }
}
