import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel, Widget } from '@lumino/widgets';
import type { PatholearnApi } from '../../../api';
import { mount } from '../../../elements';
import { RunRecord } from '../components/run-record';
import type { RunRequest } from '../use-run';
import { ChartView } from './chart-view';

export const RUN_MIME = 'application/vnd.patholearn.run+json';
const WIDGET_MIME = 'application/vnd.jupyter.widget-view+json';

/** How long the kernel's own view may take to appear before the server's is shown in its place. */
const PATIENCE_MS = 1500;
const LOOK_EVERY_MS = 250;

/**
 * The output of a run or a training panel: the kernel's live widget where there is one, else what the server knows.
 *
 * A widget lives as long as its kernel; a job and its curves live on. So a notebook that is opened again shows them.
 */
export class RunOutput extends Panel implements IRenderMime.IRenderer {
  private record: Widget | undefined;
  private unmount: (() => void) | undefined;
  private live: IRenderMime.IRenderer | undefined;
  private model: IRenderMime.IMimeModel | undefined;
  private factory: IRenderMime.IRendererFactory | undefined;
  private watcher: MutationObserver | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private since = 0;
  private request: RunRequest | undefined;

  constructor(
    private readonly api: PatholearnApi,
    private readonly rendermime: IRenderMimeRegistry
  ) {
    super();
    this.addClass('plab-run-output');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.clear();
    this.model = model;
    this.request = runRequest(model.data[RUN_MIME]);
    const view = model.data[WIDGET_MIME] as { model_id?: string } | undefined;
    this.setHidden(view?.model_id === ''); // A widget that was closed takes its output away.
    if (!model.trusted || !view) {
      this.showRecord();
      return Promise.resolve();
    }
    this.since = Date.now();
    this.timer = setInterval(() => {
      this.look();
    }, LOOK_EVERY_MS);
    this.look();
    return Promise.resolve();
  }

  override dispose(): void {
    this.clear();
    super.dispose();
  }

  /** Asks for the live view, and shows the record where it has been waited for in vain. */
  private look(): void {
    const factory = this.rendermime.getFactory(WIDGET_MIME);
    // A notebook that is just being opened has no widgets yet. That it has them is told by nothing but a new factory.
    if (factory && factory !== this.factory) {
      this.factory = factory;
      this.showLive();
    }
    this.choose();
  }

  private showLive(): void {
    this.watcher?.disconnect();
    this.live?.dispose();
    const live = this.rendermime.createRenderer(WIDGET_MIME);
    this.live = live;
    this.addWidget(live);
    this.watcher = new MutationObserver(() => {
      this.choose();
    });
    this.watcher.observe(live.node, { childList: true, subtree: true });
    if (this.model) {
      // Not awaited: it waits for the kernel's widgets, which may never come.
      live.renderModel(this.model).catch((reason: unknown) => {
        console.warn('The widget of a run cannot be shown; its record is shown instead.', reason);
      });
    }
  }

  private choose(): void {
    const isLive = this.live?.node.querySelector('.plab-run-display') instanceof Element;
    const isPatient = Date.now() - this.since < PATIENCE_MS;
    this.toggleClass('plab-mod-record', !isLive && !isPatient);
    if (isLive) {
      clearInterval(this.timer); // From now on the watcher tells when it goes.
      this.hideRecord();
    } else if (!isPatient) {
      this.showRecord();
    }
  }

  private showRecord(): void {
    if (this.record || !this.request) {
      return;
    }
    const record = new Widget();
    const draw = (chart: Parameters<typeof ChartView>[0]['chart']): JSX.Element => (
      <ChartView chart={chart} rendermime={this.rendermime} />
    );
    this.unmount = mount(
      record.node,
      <RunRecord api={this.api} request={this.request} draw={draw}>
        <p className="plab-faint">
          The notebook&rsquo;s kernel no longer holds this panel, so this is the run as the server keeps it. Run the
          cell again to get the whole panel back.
        </p>
      </RunRecord>
    );
    this.record = record;
    this.insertWidget(0, record);
  }

  private hideRecord(): void {
    this.unmount?.();
    this.unmount = undefined;
    this.record?.dispose();
    this.record = undefined;
  }

  private clear(): void {
    clearInterval(this.timer);
    this.watcher?.disconnect();
    this.hideRecord();
    this.live?.dispose();
    this.live = undefined;
    this.factory = undefined;
  }
}

/** What a notebook file says is meant; such a file may come from anywhere. */
function runRequest(data: unknown): RunRequest | undefined {
  const { job, graph, cell } = (data ?? {}) as Record<string, unknown>;
  if (typeof job === 'string' && job) {
    return { job };
  }
  if (typeof graph === 'string' && graph) {
    return { graph };
  }
  return typeof cell === 'string' && cell ? { cell } : undefined;
}
