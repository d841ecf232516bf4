/** Sends one file in parts: it can be paused, waits for a lost connection, and sends only what is missing. */
import { ApiError, type Upload, type UploadsApi } from '../../../api';
import { crc32 } from './crc32';

export type SendPhase = 'comparing' | 'sending' | 'paused' | 'waiting' | 'arrived' | 'failed' | 'cancelled';

export interface SendState {
  phase: SendPhase;
  sent: number;
  total: number;
  /** Bytes a second over the last seconds, and seconds left at that pace; null before there is a pace. */
  speed: number | null;
  left: number | null;
  /** Why it waits or failed. */
  reason: unknown;
}

/** The size of the first part, by whose checksum the server finds an upload again; the same as in Python. */
export const PART_BYTES = 2 * 1024 * 1024;
const PACE_MS = 5000;
const LONGEST_PAUSE_MS = 10_000;

export interface Clock {
  now(): number;
  wait(ms: number): Promise<void>;
}

const CLOCK: Clock = {
  now: () => performance.now(),
  wait: ms =>
    new Promise(resolve => {
      setTimeout(resolve, ms);
    })
};

export class Sender {
  /** The upload on the server, once it was begun. */
  upload: Upload | null = null;
  state: SendState;
  private pace: { at: number; sent: number }[] = [];
  private wanted: 'go' | 'pause' | 'cancel' = 'go';
  private running: Promise<void> | null = null;

  constructor(
    private readonly uploads: UploadsApi,
    private readonly file: Blob,
    readonly fileName: string,
    private readonly onChange: () => void,
    private readonly clock: Clock = CLOCK
  ) {
    this.state = { phase: 'comparing', sent: 0, total: file.size, speed: null, left: null, reason: undefined };
  }

  /** Sends until everything is there, or somebody pauses or cancels; the promise never rejects. */
  start(): Promise<void> {
    this.wanted = 'go';
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  pause(): void {
    this.wanted = 'pause';
    this.tell({ phase: 'paused', speed: null, left: null });
  }

  /** Ends it, and deletes on the server what had arrived. */
  async cancel(): Promise<void> {
    this.wanted = 'cancel';
    await this.running;
    if (this.upload) {
      await this.uploads.forget(this.upload.id).catch(() => undefined);
    }
    this.tell({ phase: 'cancelled' });
  }

  private async run(): Promise<void> {
    let pause = 500;
    while (this.wanted === 'go') {
      try {
        await this.sendMissing();
        return;
      } catch (reason) {
        if (!(reason instanceof ApiError && reason.code === 'unavailable')) {
          this.tell({ phase: 'failed', reason });
          return;
        }
        if (this.isStopped()) {
          return;
        }
        this.tell({ phase: 'waiting', reason, speed: null, left: null });
        await this.clock.wait(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      }
    }
  }

  private isStopped(): boolean {
    return this.wanted !== 'go';
  }

  private async sendMissing(): Promise<void> {
    this.tell({ phase: 'comparing' });
    const upload = await this.begun();
    const missing = upload.checksums.flatMap((checksum, number) => (checksum === null ? [number] : []));
    const size = (number: number): number => Math.min(upload.part_bytes, this.file.size - number * upload.part_bytes);
    this.pace = [];
    this.count(this.file.size - missing.reduce((sum, number) => sum + size(number), 0));
    for (const number of missing) {
      if (this.isStopped()) {
        return;
      }
      const data = await this.part(number, upload.part_bytes);
      await this.uploads.part(upload.id, number, data, crc32(new Uint8Array(data)));
      this.count(this.state.sent + data.byteLength);
    }
    this.tell({ phase: 'arrived', speed: null, left: null });
  }

  /** The upload of this very file: what is there of it is compared part by part. */
  private async begun(): Promise<Upload> {
    const first = crc32(new Uint8Array(await this.part(0, PART_BYTES)));
    const found = await this.uploads.begin(this.fileName, this.file.size, first);
    this.upload = found;
    for (const [number, checksum] of found.checksums.entries()) {
      if (checksum !== null && crc32(new Uint8Array(await this.part(number, found.part_bytes))) !== checksum) {
        // Another file of the same name, size and beginning was left there.
        await this.uploads.forget(found.id);
        this.upload = await this.uploads.begin(this.fileName, this.file.size, first);
        break;
      }
    }
    return this.upload;
  }

  private part(number: number, bytes: number): Promise<ArrayBuffer> {
    return this.file.slice(number * bytes, (number + 1) * bytes).arrayBuffer();
  }

  private count(sent: number): void {
    const at = this.clock.now();
    this.pace = [...this.pace.filter(point => at - point.at < PACE_MS), { at, sent }];
    const first = this.pace[0];
    const speed = first && at > first.at ? (1000 * (sent - first.sent)) / (at - first.at) : null;
    const left = speed ? (this.file.size - sent) / speed : null;
    this.tell(this.wanted === 'go' ? { phase: 'sending', sent, speed, left } : { sent });
  }

  private tell(changes: Partial<SendState>): void {
    this.state = { ...this.state, reason: undefined, ...changes };
    this.onChange();
  }
}
