import type { ApiEvent } from './types';

type Callback = (event: ApiEvent) => void;

/** Whether an event of `topic` belongs to a subscription: `job.7` takes `job.7.metrics` too. */
export function matches(subscribed: string, topic: string): boolean {
  return (
    subscribed === '*' || subscribed === topic || topic.startsWith(`${subscribed}.`) || topic.startsWith('events.')
  );
}

/** Who wants which events; both transports hand theirs out through it. */
export class Subscriptions {
  private readonly all = new Map<Callback, string[]>();

  /** The topics that anybody wants, each once. */
  get topics(): string[] {
    return [...new Set([...this.all.values()].flat())];
  }

  add(callback: Callback, topics: string[]): void {
    this.all.set(callback, topics);
  }

  /** Forgets a callback and returns the topics that nobody wants any more. */
  remove(callback: Callback): string[] {
    const topics = this.all.get(callback) ?? [];
    this.all.delete(callback);
    const still = new Set(this.topics);
    return topics.filter(topic => !still.has(topic));
  }

  clear(): void {
    this.all.clear();
  }

  publish(event: ApiEvent): void {
    for (const [callback, topics] of this.all) {
      if (topics.some(topic => matches(topic, event.topic))) {
        callback(event);
      }
    }
  }
}
