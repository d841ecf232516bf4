import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type GraphComparison, type Version } from '../../src/api';
import { History } from '../../src/features/versions/components/history';
import { lenet } from '../graph/golden';
import { click, doing, draw, fakeEvents, type Drawn, type as enter } from '../render';

const COMPARISON: GraphComparison = {
  same: false,
  lines: [{ sign: '-', text: 'pool_1 (max_pool2d)', node: 'pool_1' }],
  picture: '<svg xmlns="http://www.w3.org/2000/svg"/>'
};

let drawn: Drawn | undefined;
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
});

function version(id: string, changes: Partial<Version> = {}): Version {
  const facts = { note: '', author: 'ada', created_at: '2026-11-24T18:00:00Z', layers: 1, parameters: 61706 };
  return { id, graph: 'golden_lenet5', name: id, runs: [], ...facts, ...changes };
}

/** A server that keeps versions, the newest first. */
async function show(...kept: Version[]) {
  const events = fakeEvents();
  const versions = {
    list: vi.fn(() => Promise.resolve([...kept])),
    open: vi.fn((_graph: string, id: string) => Promise.resolve({ ...lenet(), meta: { id: 'old', name: id } })),
    save: vi.fn((_document: unknown, name: string) => {
      if (kept.some(one => one.name === name)) {
        const error = { error: 'conflict', message: `'${name}' is taken.`, hint: 'Choose another.' };
        return Promise.reject(new ApiError(error));
      }
      kept.unshift(version(name));
      return Promise.resolve(version(name));
    }),
    edit: vi.fn(() => Promise.resolve(version('other'))),
    delete: vi.fn(() => Promise.resolve()),
    fork: vi.fn(() => Promise.resolve(lenet()))
  };
  const compare = vi.fn(() => Promise.resolve(COMPARISON));
  const told = { onRestore: vi.fn(), onFork: vi.fn(), onRuns: vi.fn() };
  const api = { versions, events, architectures: { compare } };
  drawn = await draw(<History api={api as never} document={lenet} {...told} />);
  return { element: drawn.element, versions, compare, events, ...told };
}

describe('the history of a drawing', () => {
  it('teaches what a version is where there is none, and keeps the first one', async () => {
    const { element, versions } = await show();
    expect(element.textContent).toContain('A version is the drawing as it is now, under a name.');
    await enter(element.querySelector('input') as HTMLInputElement, 'plain');
    await click(element, 'Save version');
    expect(versions.save).toHaveBeenCalledWith(lenet(), 'plain', '');
    expect(element.querySelector('[aria-pressed="true"]')?.textContent).toContain('plain');
    await enter(element.querySelector('input') as HTMLInputElement, 'plain');
    await click(element, 'Save version');
    expect(element.querySelector('[role="alert"]')?.textContent).toContain("'plain' is taken.");
  });

  it('says what became of a version in words and as an image, the older one first', async () => {
    const { element, compare } = await show(version('b'), version('a', { name: '', runs: ['run-1', 'run-2'] }));
    expect(element.querySelector('[aria-label="What is different"]')?.textContent).toBe('−Gone: pool_1 (max_pool2d)');
    expect(element.querySelector('img')?.src).toMatch(/^data:image\/svg\+xml,/);
    expect(compare).toHaveBeenLastCalledWith(expect.objectContaining({ meta: { id: 'old', name: 'b' } }), lenet());
    await enter(element.querySelector('select') as HTMLSelectElement, 'a');
    expect(compare.mock.lastCall?.map((one: unknown) => (one as { meta: { name: string } }).meta.name)).toEqual([
      'a',
      'b'
    ]);
    expect(element.textContent).toContain('From “Training of');
  });

  it('restores, forks, deletes after a question, and leads to the trainings', async () => {
    const { element, versions, onRestore, onFork, onRuns } = await show(version('a', { runs: ['run-1'] }));
    expect(element.textContent).toContain('1 layer · 61,706 parameters');
    await click(element, 'Restore');
    expect(onRestore).toHaveBeenCalledWith(expect.objectContaining({ meta: { id: 'old', name: 'a' } }), 'a');
    await click(element, 'Fork');
    await doing(() => element.querySelector<HTMLFormElement>('.plab-history-name')?.requestSubmit());
    expect(versions.fork).toHaveBeenCalledWith('golden_lenet5', 'a', 'LeNet-5, a');
    expect(onFork).toHaveBeenCalledWith(lenet());
    await click(element, 'Show 1 training');
    expect(onRuns).toHaveBeenCalledWith(['run-1']);
    await click(element, 'Delete');
    expect(versions.delete).not.toHaveBeenCalled();
    await click(element, 'Delete it');
    expect(versions.delete).toHaveBeenCalledWith('golden_lenet5', 'a');
  });

  it('shows what somebody else saved meanwhile', async () => {
    const kept = [version('a')];
    const { element, events, versions } = await show(...kept);
    versions.list.mockResolvedValueOnce([version('theirs'), ...kept]);
    await doing(() => {
      events.send('versions', { graph: 'golden_lenet5', id: 'theirs', deleted: false });
    });
    expect(element.querySelectorAll('.plab-history-row')).toHaveLength(2);
  });
});
