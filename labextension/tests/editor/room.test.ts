import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BEAT_MS, NOWHERE, personOf, Room, SILENCE_MS } from '../../src/editor/people/room';

class FakeAwareness {
  readonly clientID = 1;
  readonly states = new Map<number, Record<string, unknown>>();
  readonly said: unknown[] = [];
  readonly meta = new Map<number, { lastUpdated: number }>();

  /** Somebody is heard of just now. */
  hear(client: number, state: Record<string, unknown>): void {
    this.states.set(client, state);
    this.meta.set(client, { lastUpdated: Date.now() });
  }

  getLocalState(): Record<string, unknown> | null {
    return this.states.get(this.clientID) ?? null;
  }

  getStates(): Map<number, Record<string, unknown>> {
    return this.states;
  }

  setLocalStateField(_field: string, value: unknown): void {
    this.said.push(value);
  }

  setLocalState(state: Record<string, unknown> | null): void {
    this.said.push(state ?? 'gone');
  }

  on(): void {
    return;
  }

  off(): void {
    return;
  }
}

describe('the people in a drawing', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are told what is new 30 times a second at most, and nothing twice', () => {
    const awareness = new FakeAwareness();
    const room = new Room(awareness);
    for (let x = 0; x < 100; x += 1) {
      room.say({ cursor: { x, y: 0 } });
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(100);
    expect(awareness.said.length).toBeLessThanOrEqual(32);
    expect(awareness.said.at(-1)).toMatchObject({ cursor: { x: 99 } });
    const count = awareness.said.length;
    room.say({ cursor: { x: 99, y: 0 } });
    vi.advanceTimersByTime(100);
    expect(awareness.said.length).toBe(count);
    room.greet();
    expect(awareness.said.length).toBe(count + 1);
    room.leave();
    expect(awareness.said.at(-1)).toBeNull();
    room.vanish();
    expect(awareness.said.at(-1)).toBe('gone');
  });

  it('are the others, with the names and colors that the server gave them', () => {
    const awareness = new FakeAwareness();
    awareness.hear(1, { user: { display_name: 'Me' } });
    awareness.hear(7, { user: { display_name: 'Ada Lovelace', initials: 'AL', color: '#123456' } });
    expect(new Room(awareness).others).toEqual([
      { client: 7, name: 'Ada Lovelace', initials: 'AL', color: '#123456', presence: NOWHERE }
    ]);
  });

  it('are gone soon after they fell silent, unless their window is hidden, and are back with their next word', () => {
    const awareness = new FakeAwareness();
    const room = new Room(awareness);
    const [ada, ben] = [{ user: { name: 'Ada' } }, { user: { name: 'Ben' }, drawing: { isHidden: true } }];
    awareness.hear(1, { user: { name: 'Me' } });
    awareness.hear(7, ada);
    awareness.hear(8, ben);
    const names = vi.fn(() => room.others.map(({ name }) => name));
    const stop = room.subscribe(names);
    vi.advanceTimersByTime(SILENCE_MS);
    expect(names).toHaveLastReturnedWith(['Ada', 'Ben']);
    vi.advanceTimersByTime(BEAT_MS);
    expect(names).toHaveLastReturnedWith(['Ben']);
    awareness.hear(7, ada);
    vi.advanceTimersByTime(BEAT_MS);
    expect(names).toHaveLastReturnedWith(['Ada', 'Ben']);
    // One says oneself that one is there, and stops with the drawing.
    const beats = awareness.said.length;
    expect(beats).toBeGreaterThanOrEqual(Math.floor(SILENCE_MS / BEAT_MS));
    stop();
    vi.advanceTimersByTime(10 * BEAT_MS);
    expect(awareness.said.length).toBe(beats);
  });

  it.each([
    [{ user: 7, drawing: 'x' }],
    [
      {
        user: { name: {} },
        drawing: { cursor: { x: 'a', y: 1 }, selection: 'all', drag: { a: [1] }, view: { x: 1, y: 1, zoom: 0 } }
      }
    ],
    [{ drawing: { cursor: { x: Infinity, y: 0 }, selection: [1, {}], field: { node: 3 } } }]
  ])('do not break anything with what has the wrong form', state => {
    expect(personOf(8, state)).toMatchObject({ name: 'Somebody', presence: NOWHERE });
  });

  it('do not get a style into the page with their color', () => {
    expect(personOf(8, { user: { color: 'url(https://example.org)' } }).color).toMatch(/^#[0-9a-f]{6}$/);
  });
});
