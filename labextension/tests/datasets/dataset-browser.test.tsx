import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type Manifest, type Upload, type UploadState } from '../../src/api';
import { DatasetBrowser } from '../../src/features/datasets/components/dataset-browser';
import { ENDINGS } from '../../src/features/datasets/entries';
import { button, choose, click, doing, draw, fakeEvents, type, type Drawn } from '../render';
import { card, fakeDatasets, fakeModels, fakeUploads, manifest } from './fakes';

let drawn: Drawn | undefined;
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
});

const zip = new File(['PK'], 'My tiles.zip', { type: 'application/zip' });
// jsdom's Blob has no arrayBuffer().
zip.slice = () => ({ arrayBuffer: () => Promise.resolve(new ArrayBuffer(2)) }) as Blob;
const fileField = (element: HTMLElement): HTMLInputElement => {
  const field = element.querySelector<HTMLInputElement>('input[type=file]');
  if (!field) {
    throw new Error('no file field');
  }
  return field;
};

describe('the data set browser', () => {
  it('chooses the first data set where none is chosen', async () => {
    const onSelect = vi.fn();
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets: fakeDatasets(), uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() }}
        selected={null}
        onSelect={onSelect}
      />
    );
    expect(onSelect).toHaveBeenCalledWith('tiles');
  });

  it('shows the card, the balance with numbers, and images with their class', async () => {
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets: fakeDatasets(), uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() }}
        selected="tiles"
        onSelect={vi.fn()}
      />
    );
    const text = drawn.element.textContent;
    expect(text).toContain('32 × 32 pixels, color');
    expect(text).toContain('20 · 50.0 %');
    expect(drawn.element.querySelectorAll('.plab-tile')).toHaveLength(24);
    expect(drawn.element.querySelector('.plab-tile img')?.getAttribute('alt')).toBe('normal 0');
  });

  it('filters by class and says how many are left', async () => {
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets: fakeDatasets(), uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() }}
        selected="tiles"
        onSelect={vi.fn()}
      />
    );
    const filter = drawn.element.querySelector<HTMLSelectElement>('select[aria-label=Class]');
    await type(filter as HTMLSelectElement, 'tumor');
    expect(drawn.element.textContent).toContain('24 of 30 images');
    await click(drawn.element, 'Show more');
    expect(drawn.element.textContent).toContain('30 of 30 images');
    expect(() => button((drawn as Drawn).element, 'Show more')).toThrow();
  });

  it('opens an image large, and goes through them with the arrow keys', async () => {
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets: fakeDatasets(), uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() }}
        selected="tiles"
        onSelect={vi.fn()}
      />
    );
    const { element } = drawn;
    await doing(() => element.querySelector<HTMLElement>('.plab-tile')?.click());
    const press = (key: string): Promise<void> =>
      doing(() => {
        element.querySelector('.plab-viewer')?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      });
    expect(element.querySelector('.plab-viewer')?.textContent).toContain('image 0');
    await press('ArrowRight');
    expect(element.querySelector('.plab-viewer')?.textContent).toContain('image 30');
    await press('Escape');
    expect(element.querySelector('.plab-viewer')).toBeNull();
  });

  it('names the columns of a table on the card, and shows the row of an image that is opened', async () => {
    const datasets = fakeDatasets({
      list: () => Promise.resolve([manifest({ features: ['age', 'smoker'] })])
    });
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets, uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() }}
        selected="tiles"
        onSelect={vi.fn()}
      />
    );
    const { element } = drawn;
    expect(element.querySelector('.plab-dataset-facts')?.textContent).toContain('Tableage, smoker');
    await doing(() => element.querySelectorAll<HTMLElement>('.plab-tile')[1]?.click());
    expect(element.querySelector('.plab-viewer dl')?.textContent).toBe('age80smoker0');
  });

  it('prepares a built-in set, and says why where that fails', async () => {
    const failing = fakeDatasets({
      ensure: () => Promise.reject(new ApiError({ message: 'The disk is full.', hint: 'Delete something.' }))
    });
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets: failing, uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() }}
        selected="digits"
        onSelect={vi.fn()}
      />
    );
    await click(drawn.element, 'Prepare');
    expect(drawn.element.querySelector('[role=alert]')?.textContent).toBe('The disk is full.Delete something.');
  });

  it('sends a file, shows what was found in it, and imports it as it was decided', async () => {
    const preview = {
      ...manifest({ name: 'tiles' }),
      format: 'a zip of class folders',
      examples: [{ name: 'normal/1.png', class_name: 'normal', image: 'AAAA' }],
      table: null
    };
    const upload = { id: 'u1', file_name: 'My tiles.zip', size: 2, part_bytes: 2, created_at: '', checksums: [null] };
    let now: UploadState = { upload, state: 'arrived', progress: null, preview: null, error: null, dataset: null };
    const uploads = fakeUploads({
      begin: vi.fn(() => Promise.resolve(upload)),
      part: vi.fn(() => Promise.resolve(0)),
      get: () => Promise.resolve(now),
      check: () => Promise.resolve((now = { ...now, state: 'checked', preview })),
      importAs: vi.fn((_id: string, dataset: string) =>
        Promise.resolve((now = { ...now, state: 'imported', preview: null, dataset }))
      )
    });
    const onSelect = vi.fn();
    const api = { datasets: fakeDatasets(), uploads, models: fakeModels(), events: fakeEvents() };
    drawn = await draw(<DatasetBrowser api={api} selected="tiles" onSelect={onSelect} />);
    await choose(fileField(drawn.element), zip);
    for (let turn = 0; turn < 4; turn++) {
      await doing(() => undefined);
    }
    expect(uploads.begin).toHaveBeenCalledWith('My tiles.zip', 2, expect.any(Number));
    expect(drawn.element.textContent).toContain('60 images of 32 × 32 pixels, color, to tell 2 classes apart.');
    expect(drawn.element.querySelector('img[alt=normal]')).not.toBeNull();
    const licence = drawn.element.querySelector<HTMLInputElement>('input[placeholder^="What others"]');
    await type(licence as HTMLInputElement, 'CC0 1.0');
    await click(drawn.element, 'Import');
    expect(uploads.importAs).toHaveBeenCalledWith('u1', 'my-tiles', { name: 'My tiles', licence: 'CC0 1.0' });
    await doing(() => undefined);
    expect(onSelect).toHaveBeenCalledWith('my-tiles');
  });

  it('refuses a file of no such ending without sending it', async () => {
    const uploads = fakeUploads({ begin: vi.fn() });
    const api = { datasets: fakeDatasets(), uploads, models: fakeModels(), events: fakeEvents() };
    drawn = await draw(<DatasetBrowser api={api} selected="tiles" onSelect={vi.fn()} />);
    await choose(fileField(drawn.element), new File(['x'], 'notes.txt'));
    expect(drawn.element.querySelector('[role=alert]')?.textContent).toContain(
      `'notes.txt' ends in none of ${ENDINGS.join(', ')}.`
    );
    expect(uploads.begin).not.toHaveBeenCalled();
  });

  it('lists every file that cannot be taken, with the way out', async () => {
    const upload = { id: 'u1', file_name: 'bad.zip', size: 2, part_bytes: 2, created_at: '', checksums: [1] };
    const files = ['a/1.png', 'b/2.png'].map(file => ({ file, message: 'It is no picture.' }));
    const error = {
      error: 'archive',
      message: 'Two are no pictures.',
      hint: 'Mend them.',
      details: { files, total: 7 }
    };
    const refused: UploadState = { upload, state: 'refused', progress: null, preview: null, error, dataset: null };
    const uploads = fakeUploads({ list: () => Promise.resolve([refused]), get: () => Promise.resolve(refused) });
    const api = { datasets: fakeDatasets(), uploads, models: fakeModels(), events: fakeEvents() };
    drawn = await draw(<DatasetBrowser api={api} selected="tiles" onSelect={vi.fn()} />);
    await click(drawn.element, 'bad.zip');
    const text = drawn.element.querySelector('.plab-browser-main')?.textContent;
    expect(text).toContain('Two are no pictures.Mend them.');
    expect(text).toContain('7 files have to be mended or left outa/1.pngIt is no picture.b/2.pngIt is no picture.');
    await click(drawn.element, 'Give up');
    await click(drawn.element, 'Forget it');
    expect(uploads.forget).toHaveBeenCalledWith('u1');
  });

  it('asks for the file again whose sending was interrupted', async () => {
    const upload = {
      id: 'u1',
      file_name: 'My tiles.zip',
      size: 2,
      part_bytes: 1,
      created_at: '',
      checksums: [1, null]
    };
    const left: UploadState = { upload, state: 'receiving', progress: null, preview: null, error: null, dataset: null };
    const uploads = fakeUploads({
      list: () => Promise.resolve([left]),
      begin: vi.fn(() => new Promise<Upload>(() => undefined))
    });
    const api = { datasets: fakeDatasets(), uploads, models: fakeModels(), events: fakeEvents() };
    drawn = await draw(<DatasetBrowser api={api} selected="tiles" onSelect={vi.fn()} />);
    await click(drawn.element, '50 % here, interrupted');
    const again = drawn.element.querySelector<HTMLInputElement>('input[aria-label$=again]') as HTMLInputElement;
    await choose(again, new File(['other'], 'My tiles.zip'));
    expect(drawn.element.textContent).toContain('it is another file, and was not sent');
    await choose(again, zip);
    await doing(() => undefined);
    expect(uploads.begin).toHaveBeenCalledTimes(1);
  });

  it('puts a set together of single pictures, and says what is missing until it can go on', async () => {
    const uploads = fakeUploads({ begin: vi.fn(() => new Promise<Upload>(() => undefined)) });
    const api = { datasets: fakeDatasets(), uploads, models: fakeModels(), events: fakeEvents() };
    drawn = await draw(<DatasetBrowser api={api} selected="tiles" onSelect={vi.fn()} />);
    const { element } = drawn;
    await click(element, 'Sort single pictures into classes');
    expect(element.textContent).toContain('Class 1 needs a name.');
    for (const [place, name] of ['normal', 'tumor'].entries()) {
      const box = element.querySelectorAll('.plab-class-box')[place] as HTMLElement;
      await type(box.querySelector('input') as HTMLInputElement, name);
      const field = box.querySelector<HTMLInputElement>('input[type=file]') as HTMLInputElement;
      for (let number = 0; number < 3; number++) {
        expect(element.textContent).toContain(`'${name}' needs ${3 - number} more picture`);
        await choose(field, new File([`${name} ${number}`], `${number}.png`));
      }
    }
    expect(button(element, 'Continue').disabled).toBe(false);
  });

  it('shows the card of a run that uses a set instead of deleting it', async () => {
    const datasets = fakeDatasets({
      builtins: () => Promise.resolve([]),
      delete: () => Promise.reject(new ApiError({ message: "Used by 1 run: 'LeNet'.", hint: 'Delete the run first.' }))
    });
    const api = { datasets, uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() };
    drawn = await draw(<DatasetBrowser api={api} selected="tiles" onSelect={vi.fn()} />);
    await click(drawn.element, 'Delete');
    await click(drawn.element, 'Delete it');
    expect(drawn.element.querySelector('[role=alert]')?.textContent).toContain("Used by 1 run: 'LeNet'.");
  });

  it('gives a set another name, and compares two versions', async () => {
    const datasets = fakeDatasets({
      builtins: () => Promise.resolve([]),
      edit: vi.fn(() => Promise.resolve(manifest({}))),
      versions: () => Promise.resolve([manifest({ version: 2 }), manifest({})]),
      compare: vi.fn(() =>
        Promise.resolve({ before: 1, after: 2, equal: false, facts: [], counts: { relabelled: 3 }, samples: [] })
      )
    });
    const api = { datasets, uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() };
    drawn = await draw(<DatasetBrowser api={api} selected="tiles" onSelect={vi.fn()} />);
    await click(drawn.element, 'Edit');
    await type(drawn.element.querySelector('form input') as HTMLInputElement, 'Our tiles');
    await click(drawn.element, 'Save');
    expect(datasets.edit).toHaveBeenCalledWith('tiles', expect.objectContaining({ name: 'Our tiles' }));
    await click(drawn.element, 'Compare');
    expect(datasets.compare).toHaveBeenCalledWith('tiles', 1, 2);
    expect(drawn.element.textContent).toContain('3 given another class');
  });

  it('asks before it deletes, and offers that for own sets only', async () => {
    const remove = vi.fn(() => Promise.resolve());
    const datasets = fakeDatasets({
      delete: remove,
      list: () => Promise.resolve([manifest({}), manifest({ id: 'digits', name: 'Digits' })]),
      builtins: () => Promise.resolve([card('digits')])
    });
    const api = { datasets, uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() };
    drawn = await draw(<DatasetBrowser api={api} selected="digits" onSelect={vi.fn()} />);
    expect(() => button((drawn as Drawn).element, 'Delete')).toThrow();
    await drawn.redraw(<DatasetBrowser api={api} selected="tiles" onSelect={vi.fn()} />);
    await click(drawn.element, 'Delete');
    await click(drawn.element, 'Keep it');
    expect(remove).not.toHaveBeenCalled();
    await click(drawn.element, 'Delete');
    await click(drawn.element, 'Delete it');
    expect(remove).toHaveBeenCalledWith('tiles');
  });

  it('reads the list anew when a data set came or went, and stops listening when it is removed', async () => {
    const datasets = fakeDatasets();
    const events = fakeEvents();
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets, uploads: fakeUploads(), models: fakeModels(), events }}
        selected="tiles"
        onSelect={vi.fn()}
      />
    );
    await doing(() => {
      events.send('datasets');
    });
    expect(datasets.list).toHaveBeenCalledTimes(2);
    drawn.unmount();
    drawn = undefined;
    expect(events.count()).toBe(0);
  });

  it('says what to do where the server cannot be reached', async () => {
    const list = vi.fn<() => Promise<Manifest[]>>(() =>
      Promise.reject(new ApiError({ message: 'The server does not answer.', hint: 'Is it running?' }))
    );
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets: fakeDatasets({ list }), uploads: fakeUploads(), models: fakeModels(), events: fakeEvents() }}
        selected={null}
        onSelect={vi.fn()}
      />
    );
    expect(drawn.element.textContent).toContain('The server does not answer.');
    list.mockResolvedValue([manifest({})]);
    await click(drawn.element, 'Try again');
    expect(drawn.element.querySelector('.plab-entry')?.textContent).toContain('Tiles');
  });
});
