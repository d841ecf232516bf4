import { Blob as NodeBlob } from 'node:buffer';
import { ServerConnection } from '@jupyterlab/services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serverTransport } from '../../src/api/server-transport';

class FakeSocket {
  static readonly all: FakeSocket[] = [];
  readonly OPEN = 1;
  readyState = 0;
  readonly sent: unknown[] = [];
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onclose?: () => void;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

const fetched = vi.fn<(request: Request) => Promise<Response>>();

function api() {
  return serverTransport(
    ServerConnection.makeSettings({
      baseUrl: 'http://localhost:1/hub/',
      wsUrl: 'ws://localhost:1/hub/',
      token: 't',
      appendToken: true,
      fetch: ((request: Request) => fetched(request)) as typeof fetch,
      WebSocket: FakeSocket as unknown as typeof WebSocket
    })
  );
}

function respond(body: unknown, status = 200): void {
  fetched.mockResolvedValueOnce(new Response(JSON.stringify(body), { status }));
}

const requested = (): URL => new URL(fetched.mock.calls.at(-1)?.[0].url ?? '');

describe('the server transport', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
    FakeSocket.all.length = 0;
    fetched.mockReset();
  });

  it('asks below the base address and unwraps lists', async () => {
    respond({ items: [{ id: 'a' }], next: null });
    await expect(api().jobs.list({ kind: 'training', labels: { graph: 'g1' }, limit: 3 })).resolves.toEqual([
      { id: 'a' }
    ]);
    expect(requested().pathname).toBe('/hub/patholearn/api/v1/jobs');
    expect(Object.fromEntries(requested().searchParams)).toMatchObject({
      kind: 'training',
      limit: '3',
      label: 'graph:g1'
    });
  });

  it('sends a picture as it is, and with a row of features as JSON', async () => {
    const sent = (): Request => fetched.mock.calls.at(-1)?.[0] as Request;
    // The one of jsdom lacks arrayBuffer().
    const picture = new NodeBlob(['ab']) as unknown as Blob;
    respond({});
    await api().models.predict('net', picture, 2);
    expect(requested().searchParams.get('version')).toBe('2');
    expect(sent().headers.get('Content-Type')).toBe('application/octet-stream');
    respond({});
    await api().models.predict('net', picture, 2, { age: 61 });
    expect(await sent().json()).toEqual({ image: 'YWI=', features: { age: 61 } });
    respond({});
    await api().models.predict('net', null, undefined, { age: 61 });
    expect(await sent().json()).toEqual({ image: null, features: { age: 61 } });
  });

  it('encodes what stands in the address', async () => {
    respond({});
    await api().models.get('a/b', 2);
    expect(requested().pathname).toBe('/hub/patholearn/api/v1/models/a%2Fb');
  });

  it('rejects with the message and the hint of the server', async () => {
    respond({ error: 'conflict', message: 'It exists.', hint: 'Choose another name.', details: {} }, 409);
    await expect(api().datasets.get('x')).rejects.toMatchObject({ code: 'conflict', hint: 'Choose another name.' });
  });

  it('explains an answer that is not ours', async () => {
    fetched.mockResolvedValueOnce(new Response('<html>', { status: 502, statusText: 'Bad Gateway' }));
    await expect(api().datasets.get('x')).rejects.toThrow('502 Bad Gateway');
  });

  it('explains that the server cannot be reached', async () => {
    fetched.mockRejectedValueOnce(new TypeError('refused'));
    await expect(api().datasets.get('x')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('opens the socket for the first subscription and asks for what it missed after a break', () => {
    const { events } = api();
    const callback = vi.fn();
    events.subscribe(callback, ['jobs']);
    const [first] = FakeSocket.all;
    expect(first?.url).toContain('/hub/patholearn/api/v1/events?token=t');
    first?.open();
    expect(first?.sent).toEqual([{ subscribe: ['jobs'] }]);
    first?.onmessage?.({ data: JSON.stringify({ seq: 41, topic: 'jobs', data: { id: 'a' } }) });
    expect(callback).toHaveBeenCalledOnce();

    first?.close();
    vi.advanceTimersByTime(600);
    const second = FakeSocket.all[1];
    second?.open();
    expect(second?.sent).toEqual([{ subscribe: ['jobs'], after: 41 }]);
  });

  it('closes the socket with the last subscription and does not open it again', () => {
    const end = api().events.subscribe(vi.fn(), ['jobs']);
    FakeSocket.all[0]?.open();
    end();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(FakeSocket.all[0]?.readyState).toBe(3);
  });
});
