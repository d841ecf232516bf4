import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PatholearnApi } from '../../src/api';
import { RUN_MIME, RunOutput } from '../../src/features/training/lab/run-output';
import { doing } from '../render';

vi.hoisted(() => {
  globalThis.DragEvent ??= class extends MouseEvent {} as never; // jsdom has none, and Lumino wants to extend it
});

const WIDGET_MIME = 'application/vnd.jupyter.widget-view+json';
let output: RunOutput;
let views: WidgetView[];
/** What makes the views of widgets; the notebook's widget manager puts its own in place. */
let factory: object;

/** Stands for the renderer of widgets: it says that it loads, and the test says how that ends. */
class WidgetView extends Widget {
  renderModel(): Promise<void> {
    views.push(this);
    this.node.textContent = 'Loading widget...';
    return Promise.resolve();
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  views = [];
  const api = {
    jobs: { get: () => new Promise(() => undefined), list: () => Promise.resolve([]) },
    events: { subscribe: () => () => undefined }
  };
  factory = {};
  const rendermime = { mimeTypes: [], getFactory: () => factory, createRenderer: () => new WidgetView() };
  output = new RunOutput(api as unknown as PatholearnApi, rendermime as unknown as IRenderMimeRegistry);
  Widget.attach(output, document.body);
});
afterEach(async () => {
  await doing(() => {
    output.dispose();
  });
  vi.useRealTimers();
});

async function render(record: unknown, trusted = true, model_id = 'w1'): Promise<void> {
  const data = { [RUN_MIME]: record as never, [WIDGET_MIME]: { model_id } };
  await doing(() => {
    void output.renderModel({ data, trusted, metadata: {}, setData: () => undefined });
  });
}

async function passing(ms: number): Promise<void> {
  await doing(() => {
    vi.advanceTimersByTime(ms);
  });
}

async function widgetComes(): Promise<void> {
  await doing(() => {
    const box = document.createElement('div');
    box.className = 'plab-run-display';
    views.at(-1)?.node.replaceChildren(box);
  });
}

const isRecord = (): boolean => output.node.querySelector('.plab-run-only') !== null;

describe('the output of a run', () => {
  it('is the live widget where the kernel still has it', async () => {
    await render({ graph: 'g1' });
    await widgetComes();
    await passing(10_000);
    expect(isRecord()).toBe(false);
    expect(output.hasClass('plab-mod-record')).toBe(false);
  });

  it("is the server's record where the widget does not come", async () => {
    await render({ graph: 'g1' });
    expect(isRecord()).toBe(false);
    await passing(2000);
    expect(isRecord()).toBe(true);
    expect(output.hasClass('plab-mod-record')).toBe(true);
  });

  it('changes to the live widget when that comes late, and back when it goes', async () => {
    await render({ graph: 'g1' });
    await passing(2000);
    await widgetComes();
    expect(isRecord()).toBe(false);
    await doing(() => {
      views.at(-1)?.node.replaceChildren('Error displaying widget: model not found');
    });
    expect(isRecord()).toBe(true);
  });

  it('asks again once the notebook has a widget manager', async () => {
    await render({ graph: 'g1' });
    factory = {};
    await passing(500);
    expect(views.map(view => view.isDisposed)).toEqual([true, false]);
    await passing(5000);
    expect(views.length).toBe(2);
  });

  it('shows no widget in a notebook that is not trusted, but the record', async () => {
    await render({ job: '7' }, false);
    expect(views).toEqual([]);
    expect(isRecord()).toBe(true);
  });

  it('shows nothing for what says of no run, and goes away with a widget that was closed', async () => {
    await render({ job: { evil: 1 } });
    await passing(2000);
    expect(isRecord()).toBe(false);
    await render({ job: '7' }, true, '');
    expect(output.isHidden).toBe(true);
  });
});
