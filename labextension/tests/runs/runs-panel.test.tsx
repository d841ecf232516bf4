import { useState } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type Job } from '../../src/api';
import { RunsPanel } from '../../src/features/runs/components/runs-panel';
import { button, click, doing, draw, fakeEvents, type, type Drawn } from '../render';
import { RESULT, curvePage, job, point } from '../training/fakes';

let drawn: Drawn | undefined;
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
});

const one = job({ id: 'one', name: 'LeNet-5', state: 'done', result: RESULT, created_at: '2026-01-01T00:00:00Z' });
const two = job({ id: 'two', name: 'VGG', state: 'failed', progress: null });

function server(jobs: Job[]) {
  const points = [point('valid_loss', 0.5, 10, 0)];
  return {
    events: fakeEvents(),
    jobs: {
      list: vi.fn(() => Promise.resolve(jobs)),
      get: vi.fn((id: string) => Promise.resolve(jobs.find(each => each.id === id))),
      curves: vi.fn(() => Promise.resolve(curvePage(points))),
      metrics: vi.fn(() => Promise.resolve({ points: [], next: 1 })),
      diagnosis: vi.fn(() => Promise.resolve({ epochs: 1, failure: null, findings: [] })),
      delete: vi.fn(() => Promise.resolve()),
      compare: vi.fn((ids: string[]) =>
        Promise.resolve({
          runs: ids.map(id => ({ id, name: id, state: 'done', settings: {}, best: { valid_loss: 0.5 } })),
          differences: { learning_rate: [0.1, 0.001] }
        })
      )
    }
  };
}

function Host({ api, onDraw }: { api: ReturnType<typeof server>; onDraw?: () => void }): JSX.Element {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const chart = (each: { quantity: string; rows: unknown[] }): string => `${each.quantity}: ${each.rows.length} points`;
  return <RunsPanel api={api as never} chosen={chosen} onChoose={setChosen} draw={chart} {...(onDraw && { onDraw })} />;
}

async function show(api: ReturnType<typeof server>, onDraw?: () => void): Promise<HTMLElement> {
  drawn = await draw(<Host api={api} {...(onDraw && { onDraw })} />);
  return drawn.element;
}

function names(element: HTMLElement): (string | null)[] {
  return [...element.querySelectorAll('tbody .plab-runs-name button')].map(each => each.textContent);
}

describe('the panel of runs', () => {
  it('teaches where there is none, and begins a drawing', async () => {
    const onDraw = vi.fn();
    const element = await show(server([]), onDraw);
    expect(element.textContent).toContain('A run is one training of a network');
    expect(element.querySelector('pre')?.textContent).toContain('lab.train(');
    await click(element, 'Draw a network');
    expect(onDraw).toHaveBeenCalled();
  });

  it('lists runs, filters them, and says when none is like that', async () => {
    const element = await show(server([two, one]));
    expect(names(element)).toEqual(['VGG', 'LeNet-5']);
    expect(element.textContent).toContain('93.0 % right');
    await type(element.querySelector('input[type=search]') as HTMLInputElement, 'lenet');
    expect(names(element)).toEqual(['LeNet-5']);
    expect(element.querySelector('.plab-runs-filters [role=status]')?.textContent).toBe('1 of 2');
    await type(element.querySelector('input[type=search]') as HTMLInputElement, 'nothing');
    expect(element.textContent).toContain('No run is like that');
  });

  it('goes on by what events say, and reads anew when some were missed', async () => {
    const api = server([two]);
    const element = await show(api);
    const read = api.jobs.list.mock.calls.length;
    await doing(() => {
      api.events.send('jobs', job({ id: 'new', name: 'Third' }));
    });
    expect(names(element)).toEqual(['VGG', 'Third']); // of one time: the later id first
    await doing(() => {
      api.events.send('jobs', { id: 'two', deleted: true });
    });
    expect(names(element)).toEqual(['Third']);
    expect(api.jobs.list.mock.calls.length).toBe(read);
  });

  it('shows the run that is clicked: curves, table, and after a question deletes it', async () => {
    const api = server([two, one]);
    const element = await show(api);
    await click(element, 'LeNet-5');
    expect(element.textContent).toContain('loss: 2 points');
    expect(button(element, 'Copy as code').title).toBe('lab.run("one")');
    await click(element, 'Delete');
    expect(api.jobs.delete).not.toHaveBeenCalled();
    await click(element, 'Delete it');
    expect(api.jobs.delete).toHaveBeenCalledWith('one');
    expect(element.textContent).toContain('Choose a run');
  });

  it('compares those that are ticked: curves together, and what they differ in', async () => {
    const api = server([two, one]);
    const element = await show(api);
    for (const box of element.querySelectorAll<HTMLInputElement>('tbody input')) {
      await doing(() => {
        box.click();
      });
    }
    expect(api.jobs.compare).toHaveBeenCalledWith(['two', 'one']);
    expect(element.textContent).toContain('loss: 2 points');
    const table = element.querySelector('[aria-label=Differences] table');
    expect([...(table?.querySelectorAll('tbody td') ?? [])].map(each => each.textContent)).toEqual([
      '0.1',
      '0.5',
      '0.001',
      '0.5'
    ]);
    expect(element.querySelector('[title^="lab.compare"]')?.getAttribute('title')).toBe('lab.compare("two", "one")');
  });

  it('says why the list cannot be read', async () => {
    const api = server([]);
    api.jobs.list.mockReturnValue(Promise.reject(new ApiError({ message: 'The server is away.', hint: '' })) as never);
    const element = await show(api);
    expect(element.querySelector('[role=alert]')?.textContent).toContain('The server is away.');
  });
});
