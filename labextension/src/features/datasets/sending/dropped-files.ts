/** What was dropped or chosen, with the folders it lies in. */
import type { NamedFile } from './zip-of-files';

export interface Dropped {
  files: NamedFile[];
  /** Names of the folders that were dropped as such; empty where only files were. */
  folders: string[];
}

const HIDDEN = /(^|\/)(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)(\/|$)/;

/** Reads a drop. It has to be called in the event's own turn: afterwards the browser forgets what was dropped. */
export async function droppedFiles(transfer: DataTransfer): Promise<Dropped> {
  const items = [...transfer.items].filter(item => item.kind === 'file');
  // What a program dropped (JupyterLab's file browser, a test) has a file and no entry.
  const plain = items.filter(item => !item.webkitGetAsEntry()).flatMap(item => item.getAsFile() ?? []);
  const entries = items.map(item => item.webkitGetAsEntry()).filter(entry => entry !== null);
  const found: NamedFile[] = plain.map(file => ({ path: file.name, file }));
  for (const entry of entries) {
    await collect(entry, '', found);
  }
  return {
    files: found.filter(({ path }) => !HIDDEN.test(path)),
    folders: entries.filter(entry => entry.isDirectory).map(entry => entry.name)
  };
}

/** What a file field gives; one for folders says where each file lies. */
export function chosenFiles(list: FileList | File[]): Dropped {
  const files = [...list]
    .map(file => ({ path: file.webkitRelativePath || file.name, file }))
    .filter(({ path }) => !HIDDEN.test(path));
  const folders = files.flatMap(({ path }) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : []));
  return { files, folders: [...new Set(folders)] };
}

async function collect(entry: FileSystemEntry, folder: string, found: NamedFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    found.push({ path: folder + entry.name, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A browser gives a hundred entries at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) {
      return;
    }
    for (const one of some) {
      await collect(one, `${folder}${entry.name}/`, found);
    }
  }
}
