/** What the newest training of a graph measured: shown on its output and its metrics, live while it goes on. */
import type { EventsApi, Job, JobsApi } from '../api';
import type { GraphDocument } from '../generated';
import { kindOf } from '../graph';
import type { Catalog } from '../generated';

export interface RunApi {
  jobs: Pick<JobsApi, 'list' | 'metrics'>;
  events: Pick<EventsApi, 'subscribe'>;
}

interface Spread {
  minimum: number;
  maximum: number;
  current: number;
}

/** News of a running job come in bursts. */
const PAUSE_MS = 250;

export class RunValues {
  private readonly values = new Map<string, Spread>();
  private job: string | undefined;
  private after = 0;
  private endOfJob: () => void = () => undefined;
  private readonly endOfJobs: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isReading = false;
  private isGone = false;

  constructor(
    private readonly api: RunApi,
    private readonly graph: string,
    private readonly onChange: () => void
  ) {
    this.endOfJobs = api.events.subscribe(
      event => {
        const job = event.data as Partial<Job> | null;
        if (job?.labels?.['graph'] === graph && job.id !== this.job) {
          this.soon();
        }
      },
      ['jobs']
    );
    this.soon();
  }

  dispose(): void {
    this.isGone = true;
    clearTimeout(this.timer);
    this.endOfJob();
    this.endOfJobs();
  }

  /** `valid loss 0.31 (0.28 to 0.69)` for an output or a metric that was measured; else nothing. */
  lineOf(document: GraphDocument, catalog: Catalog, id: string): string {
    const node = document.nodes[id];
    const kind = node && kindOf(document, catalog, node.kind);
    if (this.values.size === 0 || kind?.category !== 'Output') {
      return '';
    }
    const isMetric = node?.kind === 'metric';
    const outputs = Object.keys(document.nodes).filter(key => document.nodes[key]?.kind.endsWith('_output'));
    const output = isMetric ? Object.values(document.edges).find(edge => edge.to === id)?.from : id;
    const param = kind.params.find(other => other.name === 'name');
    const measured = isMetric ? String(node?.params['name'] ?? param?.default ?? '') : 'loss';
    const name = outputs.length > 1 ? `${output}_${measured}` : measured;
    const split = ['valid', 'train', 'test'].find(part => this.values.has(`${part}_${name}`));
    const spread = this.values.get(`${split}_${name}`);
    return spread
      ? `${split} ${brief(spread.current)} (min ${brief(spread.minimum)}, max ${brief(spread.maximum)})`
      : '';
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), PAUSE_MS);
  }

  private async read(): Promise<void> {
    if (this.isReading) {
      this.soon();
      return;
    }
    this.isReading = true;
    try {
      const [newest] = await this.api.jobs.list({ labels: { graph: this.graph }, limit: 1 });
      if (newest && !this.isGone) {
        this.follow(newest.id);
        await this.readMetrics(newest.id);
      }
    } catch (reason) {
      // The numbers are an extra: a server that is away is told about elsewhere.
      console.debug('PathoLearn Lab: no values of the last training', reason);
    } finally {
      this.isReading = false;
    }
  }

  private follow(job: string): void {
    if (this.job !== job) {
      this.job = job;
      this.after = 0;
      this.values.clear();
      this.endOfJob();
      this.endOfJob = this.api.events.subscribe(() => {
        this.soon();
      }, [`job.${job}`]);
    }
  }

  private async readMetrics(job: string): Promise<void> {
    for (;;) {
      const { points, next } = await this.api.jobs.metrics(job, this.after);
      if (this.isGone || this.job !== job || points.length === 0) {
        return;
      }
      this.after = next;
      for (const { name, value } of points) {
        if (value !== null) {
          const before = this.values.get(name);
          this.values.set(name, {
            minimum: Math.min(value, before?.minimum ?? value),
            maximum: Math.max(value, before?.maximum ?? value),
            current: value
          });
        }
      }
      this.onChange();
    }
  }
}

function brief(value: number): string {
  return String(Number(value.toPrecision(3)));
}
