import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { useSyncExternalStore } from 'react';
import type { PatholearnApi } from '../../../api';
import { mount } from '../../../elements';
import { ChartView } from '../../training/lab/chart-view';
import { RunsPanel } from '../components/runs-panel';
import { runsIcon } from './icon';

/** Which runs are looked at; commands and notices choose from outside. */
class Choice {
  private readonly listeners = new Set<() => void>();
  ids: readonly string[] = [];

  readonly set = (ids: readonly string[]): void => {
    this.ids = ids;
    this.listeners.forEach(tell => {
      tell();
    });
  };

  readonly subscribe = (tell: () => void): (() => void) => {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  };
}

/** The runs in a tab of JupyterLab, without a kernel. */
class RunsView extends Widget {
  readonly choice = new Choice();
  private unmount: (() => void) | undefined;

  constructor(
    private readonly api: PatholearnApi,
    private readonly rendermime: IRenderMimeRegistry,
    private readonly onDraw: () => void
  ) {
    super();
    this.addClass('plab-runs-view');
  }

  protected override onAfterAttach(): void {
    this.unmount = mount(
      this.node,
      <Panel api={this.api} choice={this.choice} rendermime={this.rendermime} onDraw={this.onDraw} />
    );
  }

  protected override onBeforeDetach(): void {
    this.unmount?.();
    this.unmount = undefined;
  }
}

interface PanelProps {
  api: PatholearnApi;
  choice: Choice;
  rendermime: IRenderMimeRegistry;
  onDraw: () => void;
}

function Panel({ api, choice, rendermime, onDraw }: PanelProps): JSX.Element {
  const ids = useSyncExternalStore(choice.subscribe, () => choice.ids);
  return (
    <RunsPanel
      api={api}
      chosen={ids}
      onChoose={choice.set}
      draw={chart => <ChartView chart={chart} rendermime={rendermime} />}
      onDraw={onDraw}
    />
  );
}

/** The tab, which can be told what to show. */
export class RunsTab extends MainAreaWidget<RunsView> {
  constructor(api: PatholearnApi, rendermime: IRenderMimeRegistry, onDraw: () => void) {
    super({ content: new RunsView(api, rendermime, onDraw) });
    this.id = 'patholearn-runs';
    this.title.label = 'Runs';
    this.title.caption = 'All runs and jobs';
    this.title.icon = runsIcon;
    this.title.closable = true;
  }

  choose(ids: readonly string[]): void {
    this.content.choice.set(ids);
  }
}
