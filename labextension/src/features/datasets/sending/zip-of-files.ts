/**
 * A zip of files as they are, without packing: pictures are packed already, and the browser need not hold them.
 *
 * The same files always give the same bytes, so that a folder that is dropped again goes on where its upload stopped.
 */
import { crc32 } from './crc32';

export interface NamedFile {
  /** With its folders: `normal/1.png`. */
  path: string;
  file: Blob;
}

/** What a zip without 64-bit numbers can hold. */
export const MOST_FILES = 65_535;
export const MOST_BYTES = 4_000_000_000;

const CHUNK = 8 * 1024 * 1024;
/** 1 January 1980, the first day that a zip knows. */
const DATE = 0x21;
const UTF8 = 0x0800;

/** Packs `files`, sorted by path; `onProgress` is told how many have been read. */
export async function zipOfFiles(files: NamedFile[], onProgress?: (done: number) => void): Promise<Blob> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const total = sorted.reduce((sum, { file }) => sum + file.size, 0);
  if (sorted.length > MOST_FILES || total > MOST_BYTES) {
    throw new Error(
      `The folder has ${sorted.length.toLocaleString('en-US')} files of ${Math.round(total / 1e6).toLocaleString('en-US')} MB, ` +
        'more than a browser packs. Pack it as a zip or tar yourself, and upload that.'
    );
  }
  const body: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let offset = 0;
  let directorySize = 0;
  for (const [place, { path, file }] of sorted.entries()) {
    const name = new TextEncoder().encode(path);
    const sum = await checksumOf(file);
    const fields = [10, UTF8, 0, 0, DATE, sum, file.size, file.size, name.length, 0];
    body.push(record(0x04034b50, fields, [2, 2, 2, 2, 2, 4, 4, 4, 2, 2]), name, file);
    directory.push(
      record(0x02014b50, [10, ...fields, 0, 0, 0, 0, offset], [2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4]),
      name
    );
    offset += 30 + name.length + file.size;
    directorySize += 46 + name.length;
    onProgress?.(place + 1);
  }
  const count = sorted.length;
  const end = record(0x06054b50, [0, 0, count, count, directorySize, offset, 0], [2, 2, 2, 2, 4, 4, 2]);
  return new Blob([...body, ...directory, end], { type: 'application/zip' });
}

/** Numbers one after the other, the lowest byte first, after the signature of the record. */
function record(signature: number, values: number[], sizes: number[]): ArrayBuffer {
  const buffer = new ArrayBuffer(4 + sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(buffer);
  view.setUint32(0, signature, true);
  let at = 4;
  for (const [place, size] of sizes.entries()) {
    const value = values[place] ?? 0;
    if (size === 2) {
      view.setUint16(at, value, true);
    } else {
      view.setUint32(at, value, true);
    }
    at += size;
  }
  return buffer;
}

async function checksumOf(file: Blob): Promise<number> {
  let sum = 0;
  for (let start = 0; start < file.size; start += CHUNK) {
    sum = crc32(new Uint8Array(await file.slice(start, start + CHUNK).arrayBuffer()), sum);
  }
  return sum;
}
