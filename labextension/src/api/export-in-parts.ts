/** A whole data set over a widget's messages, in parts: a Jupyter server closes the connection at a message above 10 MB. */
import type { ExportFormat } from './dataset-types';

type Call = <T>(name: string, args: Record<string, unknown>) => Promise<T>;

/** Asks for the file, fetches it part by part, and gives it back as one. */
export async function exportInParts(call: Call, id: string, format: ExportFormat): Promise<Blob> {
  const { file, size } = await call<{ file: string; size: number }>('exports.begin', { id, format });
  try {
    const parts: ArrayBuffer[] = [];
    for (let start = 0; start < size;) {
      const part = await call<ArrayBuffer>('exports.part', { file, start });
      parts.push(part);
      start += part.byteLength;
    }
    return new Blob(parts, { type: 'application/zip' });
  } finally {
    await call('exports.forget', { file }).catch(() => undefined);
  }
}
