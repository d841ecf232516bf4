import { Subscriptions } from './topics';
import type { ApiEvent } from './types';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

/** The events websocket: opened with the first subscription, closed after the last, opened again when it breaks. */
export class EventSocket {
  private readonly subscriptions = new Subscriptions();
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private delay = FIRST_DELAY_MS;
  /** The newest event seen; after a break the server sends what came since. */
  private seq: number | undefined;

  constructor(private readonly open: () => WebSocket) {}

  subscribe(callback: (event: ApiEvent) => void, topics: string[]): () => void {
    const own = (event: ApiEvent): void => {
      callback(event);
    };
    this.subscriptions.add(own, topics);
    if (!this.socket) {
      this.connect();
    } else if (this.socket.readyState === this.socket.OPEN) {
      this.announce(this.socket);
    }
    return () => {
      this.subscriptions.remove(own);
      if (this.subscriptions.topics.length === 0) {
        this.close();
      } else if (this.socket?.readyState === this.socket?.OPEN && this.socket) {
        this.announce(this.socket);
      }
    };
  }

  close(): void {
    clearTimeout(this.timer);
    this.subscriptions.clear();
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  private connect(): void {
    const socket = this.open();
    this.socket = socket;
    socket.onopen = () => {
      this.delay = FIRST_DELAY_MS;
      this.announce(socket);
    };
    socket.onmessage = message => {
      const event = JSON.parse(String(message.data)) as ApiEvent & { seq?: number };
      this.seq = event.seq ?? this.seq;
      if (event.topic) {
        this.subscriptions.publish(event);
      }
    };
    socket.onclose = () => {
      if (this.socket !== socket) {
        return; // Closed on purpose.
      }
      this.timer = setTimeout(() => {
        this.connect();
      }, this.delay);
      this.delay = Math.min(this.delay * 2, LONGEST_DELAY_MS);
    };
  }

  private announce(socket: WebSocket): void {
    socket.send(JSON.stringify({ subscribe: this.subscriptions.topics, after: this.seq }));
  }
}
