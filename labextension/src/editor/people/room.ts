/** Who else is in a shared drawing, and what each of them does just now. Nothing of it is kept. */

/** What one person does, in the document's coordinates. */
export interface Presence {
  cursor: { x: number; y: number } | null;
  /** The selected nodes. */
  selection: readonly string[];
  /** The setting whose field the person is in. */
  field: { node: string; param: string; label: string } | null;
  /** The uses of blocks that are open, as `block_1/block_2`; people see each other where they are in the same place. */
  path: string;
  /** Where nodes are that the person drags, before they are let go. */
  drag: Readonly<Record<string, readonly [number, number]>>;
  view: { x: number; y: number; zoom: number } | null;
  /** Whether the window is hidden. Browsers slow hidden windows down, so that their silence says nothing. */
  isHidden: boolean;
}

export interface Person {
  client: number;
  name: string;
  initials: string;
  color: string;
  presence: Presence;
}

/** What is needed of y-protocols' Awareness. */
interface Awareness {
  readonly clientID: number;
  /** When something was last heard of each, in ms of `Date.now()`. */
  readonly meta: ReadonlyMap<number, { lastUpdated: number }>;
  getStates(): Map<number, Record<string, unknown>>;
  getLocalState(): Record<string, unknown> | null;
  setLocalState(state: Record<string, unknown> | null): void;
  setLocalStateField(field: string, value: unknown): void;
  on(event: 'change', listener: () => void): void;
  off(event: 'change', listener: () => void): void;
}

const FIELD = 'drawing';
/** 30 times a second: more is not seen, and less looks like stumbling. */
const PAUSE_MS = 33;
const MAX_SHOWN = 200;
/**
 * Everybody says that they are still there, and who misses three turns is gone: a browser that crashed, a laptop that
 * was closed. The protocol itself waits for 30 s.
 */
export const BEAT_MS = 2000;
export const SILENCE_MS = 7000;

export class Room {
  private mine: Presence = NOWHERE;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saidAt = 0;
  private told = '';
  private readonly listeners = new Set<() => void>();
  private beat: ReturnType<typeof setInterval> | undefined;
  private shown = '';

  constructor(private readonly awareness: Awareness) {}

  /** The others who have the drawing open, in an order that stays. */
  get others(): Person[] {
    return (
      [...this.awareness.getStates()]
        // The server is in the room as well, and says nothing of itself.
        .filter(([client, { user }]) => client !== this.awareness.clientID && user !== undefined)
        .sort(([one], [other]) => one - other)
        .map(([client, state]) => personOf(client, state))
        .filter(({ client, presence }) => presence.isHidden || !this.isSilent(client))
    );
  }

  /** Calls back when somebody came, went or did something; returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    this.awareness.on('change', listener);
    this.beat ??= setInterval(() => {
      this.goOn();
    }, BEAT_MS);
    return () => {
      this.listeners.delete(listener);
      this.awareness.off('change', listener);
      if (this.listeners.size === 0) {
        clearInterval(this.beat);
        this.beat = undefined;
      }
    };
  }

  /** Tells the others what is new of what one does oneself. */
  say(news: Partial<Presence>): void {
    this.mine = { ...this.mine, ...news };
    const wait = this.saidAt + PAUSE_MS - performance.now();
    this.timer ??= setTimeout(
      () => {
        this.tell(this.mine);
      },
      Math.max(wait, 0)
    );
  }

  /** Says once more what one does: the server does not tell it to those who come later. */
  greet(): void {
    this.told = '';
    this.tell(this.mine);
  }

  /** The drawing is closed here; another tab of this window may still show it. */
  leave(): void {
    this.tell(null);
  }

  /** The window goes: the others need not wait until its silence is noticed. */
  vanish(): void {
    this.awareness.setLocalState(null);
  }

  private isSilent(client: number): boolean {
    return Date.now() - (this.awareness.meta.get(client)?.lastUpdated ?? 0) > SILENCE_MS;
  }

  /** Says that one is still there, and looks who is not. */
  private goOn(): void {
    const mine = this.awareness.getLocalState();
    if (mine && performance.now() - this.saidAt >= BEAT_MS) {
      this.awareness.setLocalState(mine);
    }
    const shown = this.others.map(({ client }) => client).join(' ');
    if (shown !== this.shown) {
      this.shown = shown;
      for (const listener of [...this.listeners]) {
        listener();
      }
    }
  }

  private tell(presence: Presence | null): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const told = JSON.stringify(presence);
    if (told !== this.told) {
      this.told = told;
      this.saidAt = performance.now();
      this.awareness.setLocalStateField(FIELD, presence);
    }
  }
}

export const NOWHERE: Presence = {
  ...{ cursor: null, selection: [], field: null, path: '', drag: {}, view: null },
  isHidden: false
};

/** What somebody else sent is not trusted: what has the wrong form is left out. */
export function personOf(client: number, state: Record<string, unknown>): Person {
  const user = record(state['user']);
  const raw = record(state[FIELD]);
  const name = text(user['display_name']) || text(user['name']) || text(user['username']) || 'Somebody';
  const field = record(raw['field']);
  const drag = Object.entries(record(raw['drag'])).flatMap(([id, place]): [string, readonly [number, number]][] => {
    const [x, y]: unknown[] = Array.isArray(place) ? place : [];
    return isNumber(x) && isNumber(y) ? [[id, [x, y]]] : [];
  });
  const selection: unknown[] = Array.isArray(raw['selection']) ? raw['selection'] : [];
  return {
    client,
    name: name.slice(0, 80),
    initials: (text(user['initials']) || name.slice(0, 2)).slice(0, 3).toUpperCase(),
    color: colorOf(text(user['color']), client),
    presence: {
      cursor: point(raw['cursor']),
      selection: selection.filter(id => typeof id === 'string').slice(0, MAX_SHOWN),
      field:
        typeof field['node'] === 'string'
          ? { node: field['node'], param: text(field['param']), label: text(field['label']).slice(0, 80) }
          : null,
      path: text(raw['path']),
      drag: Object.fromEntries(drag.slice(0, MAX_SHOWN)),
      view: viewOf(raw['view']),
      isHidden: raw['isHidden'] === true
    }
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function point(value: unknown): { x: number; y: number } | null {
  const { x, y } = record(value);
  return isNumber(x) && isNumber(y) ? { x, y } : null;
}

function viewOf(value: unknown): Presence['view'] {
  const place = point(value);
  const { zoom } = record(value);
  return place && isNumber(zoom) && zoom > 0 ? { ...place, zoom } : null;
}

/** The color that the server gave the person; white text is readable on each of ours. */
function colorOf(given: string, client: number): string {
  return /^(#[0-9a-f]{3,8}|var\(--jp-collaborator-color\d\))$/i.test(given)
    ? given
    : (COLORS[client % COLORS.length] ?? '');
}

const COLORS = ['#b3261e', '#1a6fb0', '#2e7d32', '#8e24aa', '#a15c00', '#00796b', '#5d4037', '#ad1457'];
