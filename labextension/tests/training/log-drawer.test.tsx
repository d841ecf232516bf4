import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type LogLine, type LogPage, type LogQuery } from '../../src/api';
import { LogDrawer } from '../../src/features/training/components/log-drawer';
import { click, doing, draw, fakeEvents, type, type Drawn } from '../render';
import { job } from './fakes';

let drawn: Drawn | undefined;
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
  document.getElementById('jupyter-config-data')?.remove();
  vi.useRealTimers();
});

const ID = '20260102-030405-abcd';

function line(seq: number, text: string, changes: Partial<LogLine> = {}): LogLine {
  return { seq, stream: 'stdout', text, time: '', session: 1, level: 'info', ...changes };
}

/** A server with a log that a test adds to. */
function server(lines: LogLine[]) {
  const log = vi.fn((_id: string, { after = 0, before, limit = 1000, search = '', level }: LogQuery = {}) => {
    const wanted = lines.filter(({ text, level: own }) => text.includes(search) && (!level || own === level));
    const last = lines.at(-1)?.seq ?? 0;
    const older = before ?? (after < 0 ? last + 1 : undefined);
    if (older === undefined) {
      return Promise.resolve<LogPage>({
        lines: wanted.filter(({ seq }) => seq > after),
        next: last,
        previous: null,
        more: false
      });
    }
    const found = wanted.filter(({ seq }) => seq < older).slice(-Math.min(limit, after < 0 ? -after : limit));
    const first = found[0]?.seq ?? 1;
    return Promise.resolve<LogPage>({ lines: found, next: older - 1, previous: first > 1 ? first : null, more: false });
  });
  return { log, events: fakeEvents() };
}

async function opened(api: ReturnType<typeof server>): Promise<HTMLElement> {
  drawn = await draw(<LogDrawer api={{ jobs: { log: api.log } as never, events: api.events }} job={job({})} />);
  const drawer = drawn.element.querySelector<HTMLDetailsElement>('.plab-log');
  await doing(() => {
    if (drawer) {
      drawer.open = true;
      drawer.dispatchEvent(new Event('toggle'));
    }
  });
  return drawn.element;
}

function texts(element: HTMLElement): string[] {
  return [...element.querySelectorAll('.plab-log-line > span:last-child')].map(one => one.textContent ?? '');
}

describe('the log', () => {
  it('is read when it is opened, goes on with the events, and marks errors', async () => {
    const lines = [line(1, 'hello')];
    const api = server(lines);
    expect(api.log).not.toHaveBeenCalled();
    const element = await opened(api);
    expect(texts(element)).toEqual(['hello']);
    lines.push(line(2, 'ValueError: no', { stream: 'stderr', level: 'error' }));
    await doing(() => {
      api.events.send(`job.${ID}.log`);
    });
    expect(texts(element)).toEqual(['hello', 'ValueError: no']);
    expect(element.querySelector('.plab-log-error')?.textContent).toBe('errValueError: no');
  });

  it('begins with its last lines, and older ones come on demand', async () => {
    const element = await opened(
      server(Array.from({ length: 700 }, (_, place) => line(place + 1, `line ${place + 1}`)))
    );
    expect(texts(element)[0]).toBe('line 401');
    await click(element, 'Older lines');
    expect(texts(element)[0]).toBe('line 101');
    await click(element, 'Older lines');
    expect(texts(element)).toHaveLength(700);
    expect(element.textContent).not.toContain('Older lines');
  });

  it('is searched by words, which are marked, and goes on with those that match', async () => {
    const lines = [line(1, 'Epoch 1'), line(2, 'saved')];
    const api = server(lines);
    const element = await opened(api);
    await type(element.querySelector('input[type=search]') as HTMLInputElement, 'Epoch');
    await doing(() => {
      vi.advanceTimersByTime(400);
    });
    expect(texts(element)).toEqual(['Epoch 1']);
    expect(element.querySelector('mark')?.textContent).toBe('Epoch');
    lines.push(line(3, 'saved again'), line(4, 'Epoch 2'));
    await doing(() => {
      api.events.send(`job.${ID}.log`);
    });
    expect(texts(element)).toEqual(['Epoch 1', 'Epoch 2']);
  });

  it('is filtered by level, and says where no line is like that', async () => {
    const element = await opened(server([line(1, 'all well')]));
    await type(element.querySelector('select[aria-label=Level]') as HTMLSelectElement, 'error');
    expect(texts(element)).toEqual([]);
    expect(element.textContent).toContain('No line is like that.');
  });

  it('tells the sessions of a job apart', async () => {
    const element = await opened(server([line(1, 'one'), line(2, 'two', { session: 2 })]));
    expect(element.querySelector('.plab-log-session')?.textContent).toBe('Session 2');
    expect(element.querySelector('select[aria-label=Session]')).not.toBeNull();
  });

  it('says why a pattern cannot be used', async () => {
    const api = server([]);
    api.log.mockImplementation(() => Promise.reject(new ApiError({ message: "'(' is no regular expression." })));
    const element = await opened(api);
    expect(element.textContent).toContain("'(' is no regular expression.");
  });

  it('has an address that leads to the same lines again', async () => {
    const config = document.createElement('script');
    config.id = 'jupyter-config-data';
    config.type = 'application/json';
    config.textContent = '{"baseUrl": "/user/ada/"}';
    document.body.append(config);
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    const element = await opened(server([line(1, 'Epoch 1')]));
    await type(element.querySelector('select[aria-label=Stream]') as HTMLSelectElement, 'stderr');
    await click(element, 'Copy link');
    vi.unstubAllGlobals();
    expect(writeText).toHaveBeenCalledWith(
      `${location.origin}/user/ada/patholearn/api/v1/jobs/${ID}/log.txt?stream=stderr`
    );
  });
});
