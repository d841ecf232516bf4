import { Blob as NodeBlob } from 'node:buffer';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { ApiError, type Upload } from '../../src/api';
import { crc32 } from '../../src/features/datasets/sending/crc32';
import { chosenFiles } from '../../src/features/datasets/sending/dropped-files';
import { PART_BYTES, Sender, type SendPhase } from '../../src/features/datasets/sending/sender';
import { MOST_FILES, zipOfFiles } from '../../src/features/datasets/sending/zip-of-files';
import { fakeUploads } from './fakes';

const bytes = Uint8Array.from({ length: 2 * PART_BYTES + 5 }, (_, place) => (place * 31 + (place >> 8)) % 256);
// jsdom's Blob has no arrayBuffer().
const file = new NodeBlob([bytes]) as unknown as Blob;
vi.stubGlobal('Blob', NodeBlob);

/** A server that keeps parts, and breaks where the test says so. */
function server(breaks: (part: number, tries: number) => ApiError | undefined = () => undefined) {
  const kept = new Map<number, number>();
  let tries = 0;
  const upload = (): Upload => ({
    id: 'u1',
    file_name: 'tiles.zip',
    size: file.size,
    part_bytes: PART_BYTES,
    created_at: '',
    checksums: [0, 1, 2].map(number => kept.get(number) ?? null)
  });
  const uploads = fakeUploads({
    begin: vi.fn(() => Promise.resolve(upload())),
    part: vi.fn((_id: string, number: number, _data: ArrayBuffer, checksum: number) => {
      const broken = breaks(number, tries++);
      if (broken) {
        return Promise.reject(broken);
      }
      kept.set(number, checksum);
      return Promise.resolve(3 - kept.size);
    }),
    forget: vi.fn(() => {
      kept.clear();
      return Promise.resolve();
    })
  });
  return { uploads, kept };
}

function sender(uploads: ReturnType<typeof server>['uploads']) {
  const phases: SendPhase[] = [];
  let now = 0;
  const clock = { now: () => (now += 100), wait: vi.fn(() => Promise.resolve()) };
  const made: Sender = new Sender(uploads, file, 'tiles.zip', () => phases.push(made.state.phase), clock);
  return { made, phases, clock };
}

describe('a file that is sent', () => {
  it('arrives part by part, with its checksums, at a pace', async () => {
    const { uploads, kept } = server();
    const { made } = sender(uploads);
    const speeds: (number | null)[] = [];
    vi.mocked(uploads.part).mockImplementationOnce((_id, number, _data, checksum) => {
      kept.set(number, checksum);
      return Promise.resolve(2);
    });
    await made.start();
    speeds.push(made.state.speed);
    expect(made.state).toMatchObject({ phase: 'arrived', sent: file.size, total: file.size });
    expect([...kept.values()]).toEqual([
      zlibCrc32(bytes.subarray(0, PART_BYTES)),
      zlibCrc32(bytes.subarray(PART_BYTES, 2 * PART_BYTES)),
      zlibCrc32(bytes.subarray(2 * PART_BYTES))
    ]);
    expect(uploads.begin).toHaveBeenCalledWith('tiles.zip', file.size, zlibCrc32(bytes.subarray(0, PART_BYTES)));
  });

  it('waits for a lost connection, asks what is there, and sends the rest only', async () => {
    const gone = new ApiError({ error: 'unavailable', message: 'The server cannot be reached.' });
    const { uploads } = server((_part, tries) => (tries === 1 || tries === 2 ? gone : undefined));
    const { made, phases, clock } = sender(uploads);
    await made.start();
    expect(made.state.phase).toBe('arrived');
    expect(vi.mocked(uploads.part).mock.calls.map(([, number]) => number)).toEqual([0, 1, 1, 1, 2]);
    expect(phases.filter(phase => phase === 'waiting')).toHaveLength(2);
    expect(clock.wait.mock.calls).toEqual([[500], [1000]]);
  });

  it('stops at a refusal, and says why', async () => {
    const full = new ApiError({ error: 'too_large', message: 'It is too large.' });
    const { uploads } = server(() => full);
    const { made } = sender(uploads);
    await made.start();
    expect(made.state).toMatchObject({ phase: 'failed', reason: full });
  });

  it('pauses after the part that is under way, and goes on', async () => {
    const { uploads } = server();
    const { made } = sender(uploads);
    const part = vi.mocked(uploads.part).getMockImplementation();
    vi.mocked(uploads.part).mockImplementationOnce((...args) => {
      made.pause();
      return part ? part(...args) : Promise.resolve(0);
    });
    await made.start();
    expect(made.state).toMatchObject({ phase: 'paused', sent: PART_BYTES });
    await made.start();
    expect(made.state.phase).toBe('arrived');
    expect(uploads.part).toHaveBeenCalledTimes(3);
  });

  it('that is given up is deleted on the server', async () => {
    const { uploads, kept } = server();
    const { made } = sender(uploads);
    await made.start();
    await made.cancel();
    expect(kept.size).toBe(0);
    expect(made.state.phase).toBe('cancelled');
  });

  it('begins anew where another file of its name, size and beginning was left', async () => {
    const { uploads, kept } = server();
    kept.set(0, crc32(bytes.subarray(0, PART_BYTES)));
    kept.set(1, 12345);
    const { made } = sender(uploads);
    await made.start();
    expect(uploads.forget).toHaveBeenCalledWith('u1');
    expect(uploads.part).toHaveBeenCalledTimes(3);
  });
});

describe('a folder', () => {
  const packed = (names: string[]): Promise<Blob> =>
    zipOfFiles(names.map(path => ({ path, file: new NodeBlob([`in ${path}`]) as unknown as Blob })));

  it('becomes a zip that others read', async () => {
    const data = new Uint8Array(await (await packed(['b/ä.png', 'a/1.png', 'b/2.png'])).arrayBuffer());
    const script =
      'import io, sys, zipfile; z = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())); ' +
      'print(z.testzip(), [(n, z.read(n).decode()) for n in z.namelist()])';
    const told = execFileSync('python3', ['-c', script], { input: data, env: { PYTHONIOENCODING: 'utf-8' } });
    expect(told.toString().trim()).toBe(
      "None [('a/1.png', 'in a/1.png'), ('b/2.png', 'in b/2.png'), ('b/ä.png', 'in b/ä.png')]"
    );
  });

  it('gives the same bytes whatever the order in which its files are found', async () => {
    const [one, other] = await Promise.all([packed(['a/1', 'b/1']), packed(['b/1', 'a/1'])]);
    expect(await one.arrayBuffer()).toEqual(await other.arrayBuffer());
  });

  it('with more files than a zip counts is refused with a way out', async () => {
    const nothing = new NodeBlob([]) as unknown as Blob;
    const many = Array.from({ length: MOST_FILES + 1 }, (_, number) => ({ path: String(number), file: nothing }));
    await expect(zipOfFiles(many)).rejects.toThrow('65,536 files of 0 MB, more than a browser packs. Pack it');
  });

  it('is known by the paths of its files, without what operating systems leave behind', () => {
    const at = (path: string): File =>
      Object.defineProperty(new File(['x'], path.split('/').at(-1) ?? ''), 'webkitRelativePath', { value: path });
    const { files, folders } = chosenFiles([at('tiles/a/1.png'), at('tiles/.DS_Store'), at('tiles/__MACOSX/a/1.png')]);
    expect(files.map(({ path }) => path)).toEqual(['tiles/a/1.png']);
    expect(folders).toEqual(['tiles']);
  });
});
