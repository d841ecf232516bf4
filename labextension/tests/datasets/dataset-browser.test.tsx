import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type Manifest } from '../../src/api';
import { DatasetBrowser } from '../../src/features/datasets/components/dataset-browser';
import { button, choose, click, doing, draw, fakeEvents, type, type Drawn } from '../render';
import { card, fakeDatasets, manifest } from './fakes';

let drawn: Drawn | undefined;
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
});

const zip = new File(['PK'], 'My tiles.zip', { type: 'application/zip' });
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
      <DatasetBrowser api={{ datasets: fakeDatasets(), events: fakeEvents() }} selected={null} onSelect={onSelect} />
    );
    expect(onSelect).toHaveBeenCalledWith('tiles');
  });

  it('shows the card, the balance with numbers, and images with their class', async () => {
    drawn = await draw(
      <DatasetBrowser api={{ datasets: fakeDatasets(), events: fakeEvents() }} selected="tiles" onSelect={vi.fn()} />
    );
    const text = drawn.element.textContent;
    expect(text).toContain('32 × 32 pixels, color');
    expect(text).toContain('20 · 50.0 %');
    expect(drawn.element.querySelectorAll('.plab-tile')).toHaveLength(24);
    expect(drawn.element.querySelector('.plab-tile img')?.getAttribute('alt')).toBe('normal 0');
  });

  it('filters by class and says how many are left', async () => {
    drawn = await draw(
      <DatasetBrowser api={{ datasets: fakeDatasets(), events: fakeEvents() }} selected="tiles" onSelect={vi.fn()} />
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
      <DatasetBrowser api={{ datasets: fakeDatasets(), events: fakeEvents() }} selected="tiles" onSelect={vi.fn()} />
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
    drawn = await draw(<DatasetBrowser api={{ datasets, events: fakeEvents() }} selected="tiles" onSelect={vi.fn()} />);
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
      <DatasetBrowser api={{ datasets: failing, events: fakeEvents() }} selected="digits" onSelect={vi.fn()} />
    );
    await click(drawn.element, 'Prepare');
    expect(drawn.element.querySelector('[role=alert]')?.textContent).toBe('The disk is full.Delete something.');
  });

  it('uploads a zip under a name that the server takes, with progress', async () => {
    let finish: (made: Manifest) => void = () => undefined;
    const upload = vi.fn((_file: Blob, _id: string, _name?: string, onProgress?: (share: number) => void) => {
      onProgress?.(0.5);
      return new Promise<Manifest>(resolve => {
        finish = resolve;
      });
    });
    const onSelect = vi.fn();
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets: fakeDatasets({ upload }), events: fakeEvents() }}
        selected="tiles"
        onSelect={onSelect}
      />
    );
    await choose(fileField(drawn.element), zip);
    expect(upload.mock.calls[0]?.slice(1, 3)).toEqual(['my-tiles', 'My tiles']);
    expect(drawn.element.textContent).toContain('Sending My tiles.zip: 50 %');
    await doing(() => {
      finish(manifest({ id: 'my-tiles' }));
    });
    expect(onSelect).toHaveBeenCalledWith('my-tiles');
  });

  it('shows a refusal with its hint, and refuses a file of no such ending without sending it', async () => {
    const upload = vi.fn(() => Promise.reject(new ApiError({ message: "'a/../b' leads outside.", hint: 'Zip anew.' })));
    drawn = await draw(
      <DatasetBrowser
        api={{ datasets: fakeDatasets({ upload }), events: fakeEvents() }}
        selected="tiles"
        onSelect={vi.fn()}
      />
    );
    await choose(fileField(drawn.element), zip);
    expect(drawn.element.querySelector('[role=alert]')?.textContent).toContain("'a/../b' leads outside.");
    await choose(fileField(drawn.element), new File(['x'], 'notes.txt'));
    expect(drawn.element.querySelector('[role=alert]')?.textContent).toContain(
      "'notes.txt' ends in none of .npz, .zip, .tar, .tar.gz, .tgz."
    );
    expect(upload).toHaveBeenCalledTimes(1);
  });

  it('asks before it deletes, and offers that for own sets only', async () => {
    const remove = vi.fn(() => Promise.resolve());
    const datasets = fakeDatasets({
      delete: remove,
      list: () => Promise.resolve([manifest({}), manifest({ id: 'digits', name: 'Digits' })]),
      builtins: () => Promise.resolve([card('digits')])
    });
    const api = { datasets, events: fakeEvents() };
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
    drawn = await draw(<DatasetBrowser api={{ datasets, events }} selected="tiles" onSelect={vi.fn()} />);
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
        api={{ datasets: fakeDatasets({ list }), events: fakeEvents() }}
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
