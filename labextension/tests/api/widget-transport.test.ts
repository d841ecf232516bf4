import { describe, expect, it, vi } from 'vitest';
import { ApiError, widgetTransport } from '../../src/api';
import { FakeModel } from './fake-model';

describe('the widget transport', () => {
  it('sends a call with snake_case arguments and gives the answer', async () => {
    const model = new FakeModel();
    const answer = widgetTransport(model).datasets.samples('digits', { className: '7', limit: 4 });
    expect(model.sent[0]).toMatchObject({
      call: 'datasets.samples',
      args: { id: 'digits', class_name: '7', limit: 4 }
    });
    expect(model.sent[0]?.args).not.toHaveProperty('split');
    model.answer(model.sent[0]?.id, { samples: [], next: null, total: 0 });
    await expect(answer).resolves.toEqual({ samples: [], next: null, total: 0 });
  });

  it('rejects with the message and the hint of the kernel', async () => {
    const model = new FakeModel();
    const answer = widgetTransport(model).jobs.get('gone');
    model.receive({
      id: model.sent[0]?.id,
      error: { error: 'job_not_found', message: 'There is no job gone.', hint: 'Look at the list.', details: {} }
    });
    await expect(answer).rejects.toMatchObject({ code: 'job_not_found', hint: 'Look at the list.' });
    await expect(answer).rejects.toBeInstanceOf(ApiError);
  });

  it('keeps the answers of two views apart', async () => {
    const model = new FakeModel();
    const first = widgetTransport(model).jobs.get('a');
    const second = widgetTransport(model).jobs.get('b');
    expect(model.sent[0]?.id).not.toBe(model.sent[1]?.id);
    model.answer(model.sent[1]?.id, 'second');
    model.answer(model.sent[0]?.id, 'first');
    await expect(Promise.all([first, second])).resolves.toEqual(['first', 'second']);
  });

  it('gives bytes as a PNG, also where they are a part of a larger message', async () => {
    const model = new FakeModel();
    const answer = widgetTransport(model).datasets.image('digits', 3);
    const message = new Uint8Array([0, 0, 137, 80, 78, 71]).buffer;
    model.receive({ id: model.sent[0]?.id, result: { buffer: 0 } }, [new DataView(message, 2, 4)]);
    const image = await answer;
    expect(image.type).toBe('image/png');
    expect(image.size).toBe(4);
  });

  it('hands an event to those who want its topic', () => {
    const model = new FakeModel();
    const { events } = widgetTransport(model);
    const jobs = vi.fn();
    const one = vi.fn();
    events.subscribe(jobs, ['jobs']);
    events.subscribe(one, ['job.7']);
    model.receive({ event: { topic: 'job.7.metrics', data: 1 } });
    model.receive({ event: { topic: 'jobs', data: 2 } });
    expect(jobs).toHaveBeenCalledExactlyOnceWith({ topic: 'jobs', data: 2 });
    expect(one).toHaveBeenCalledExactlyOnceWith({ topic: 'job.7.metrics', data: 1 });
  });

  it('unsubscribes from a topic when nobody wants it any more', () => {
    const model = new FakeModel();
    const { events } = widgetTransport(model);
    const first = events.subscribe(vi.fn(), ['jobs']);
    const second = events.subscribe(vi.fn(), ['jobs']);
    first();
    expect(model.calls()).not.toContain('events.unsubscribe');
    second();
    expect(model.sent.at(-1)).toMatchObject({ call: 'events.unsubscribe', args: { topics: ['jobs'] } });
  });

  it('says goodbye when the view goes, and lets nobody wait', async () => {
    const model = new FakeModel();
    const api = widgetTransport(model);
    api.events.subscribe(vi.fn(), ['jobs']);
    const waiting = api.jobs.get('a');
    api.dispose();
    expect(model.calls()).toContain('events.unsubscribe');
    await expect(waiting).rejects.toThrow('closed');
    expect(model.listeners.size).toBe(0);
  });
});
