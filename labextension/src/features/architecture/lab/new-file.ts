/** Files for drawings: each gets a name that is free. */
import type { Contents } from '@jupyterlab/services';
import type { GraphDocument } from '../../../generated';
import { writeDocument } from '../../../graph';

export const EXTENSION = '.arch.json';

/** Writes a text into a new file of that name, or with a number where the name is taken, and returns its path. */
export async function keepText(
  contents: Contents.IManager,
  folder: string,
  name: string,
  text: string
): Promise<string> {
  const { content } = (await contents.get(folder)) as { content: Contents.IModel[] };
  const [stem, extension] = [name.replace(/\.[^.]*$/, ''), /\.[^.]*$/.exec(name)?.[0] ?? ''];
  const free = freeName(stem, new Set(content.map(item => item.name)), extension) ?? name;
  const path = folder ? `${folder}/${free}` : free;
  await contents.save(path, { type: 'file', format: 'text', content: text });
  return path;
}

export async function isThere(contents: Contents.IManager, path: string): Promise<boolean> {
  const folder = path.split('/').slice(0, -1).join('/');
  const listed = await contents.get(folder).catch(() => undefined);
  return (listed?.content as Contents.IModel[] | undefined)?.some(item => item.path === path) ?? false;
}

/** Writes a drawing into a new file, named after the network, and returns its path. */
export async function keepAsFile(
  contents: Contents.IManager,
  folder: string,
  document: GraphDocument
): Promise<string> {
  const { path } = await contents.newUntitled({ path: folder, type: 'file', ext: EXTENSION });
  await contents.save(path, { type: 'file', format: 'text', content: writeDocument(document) });
  const { content } = (await contents.get(folder)) as { content: Contents.IModel[] };
  const wanted = freeName(document.meta.name, new Set(content.map(item => item.name)));
  return wanted === undefined ? path : (await contents.rename(path, folder ? `${folder}/${wanted}` : wanted)).path;
}

/** `LeNet-5.arch.json`, `LeNet-5 2.arch.json`, …; undefined for a name that says nothing. */
export function freeName(name: string, taken: ReadonlySet<string>, extension = EXTENSION): string | undefined {
  const stem = name
    .replace(/[^\p{L}\p{N} ._-]+/gu, ' ')
    .replace(/^[ .]+|[ .]+$/g, '')
    .slice(0, 80);
  if (stem === '' || stem === 'Network') {
    return undefined;
  }
  let file = stem + extension;
  for (let number = 2; taken.has(file); number += 1) {
    file = `${stem} ${number}${extension}`;
  }
  return file;
}
