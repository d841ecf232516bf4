import type { MessageModel } from '../../src/api';

interface Sent {
  id?: string;
  call?: string;
  args?: Record<string, unknown>;
  operations?: unknown[];
  ticket?: string;
  sync?: boolean;
}

type Listener = (content: unknown, buffers: DataView[]) => void;

/** A widget model whose kernel is the test. */
export class FakeModel implements MessageModel {
  readonly sent: Sent[] = [];
  readonly listeners = new Set<Listener>();

  constructor(private readonly state: Record<string, unknown> = {}) {}

  get(name: string): never {
    return this.state[name] as never;
  }

  send(content: unknown): void {
    this.sent.push(content as Sent);
  }

  on(_name: 'msg:custom', callback: Listener): void {
    this.listeners.add(callback);
  }

  off(_name: 'msg:custom', callback: Listener): void {
    this.listeners.delete(callback);
  }

  receive(content: unknown, buffers: DataView[] = []): void {
    for (const listener of [...this.listeners]) {
      listener(content, buffers);
    }
  }

  answer(id: string | undefined, result: unknown): void {
    this.receive({ id, result });
  }

  calls(): (string | undefined)[] {
    return this.sent.map(message => message.call);
  }
}
