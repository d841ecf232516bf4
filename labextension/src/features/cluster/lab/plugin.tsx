import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import type { PatholearnApi } from '../../../api';
import { mount } from '../../../elements';
import { IPatholearnApi } from '../../../tokens';
import { ClusterPanel } from '../components/cluster-panel';
import { clusterIcon } from './icon';

export const SHOW = 'patholearn:show-cluster';
const CATEGORY = 'PathoLearn Lab';
/** The sidebar of dask-labextension, which shows the dashboards of a scheduler. */
const DASK_SIDEBAR = 'dask-dashboard-launcher';
const DASK_PLUGIN = 'dask-labextension:plugin';

/** The cluster in a tab of its own. */
class ClusterView extends Widget {
  private unmount: (() => void) | undefined;

  constructor(
    private readonly api: PatholearnApi,
    private readonly onDashboard: (() => void) | undefined
  ) {
    super();
    this.addClass('plab-cluster-view');
    this.title.label = 'Cluster';
    this.title.caption = 'Where trainings run';
    this.title.icon = clusterIcon;
  }

  protected override onAfterAttach(): void {
    const { onDashboard } = this;
    this.unmount = mount(this.node, <ClusterPanel api={this.api} {...(onDashboard && { onDashboard })} />);
  }

  protected override onBeforeDetach(): void {
    this.unmount?.();
    this.unmount = undefined;
  }
}

/** Shows the cluster that jobs run on. */
export const clusterPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:cluster',
  description: 'Shows the cluster that trainings run on: workers, processors, memory, GPUs, jobs.',
  autoStart: true,
  requires: [IPatholearnApi],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    api: PatholearnApi,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ) => {
    const tracker = new WidgetTracker<MainAreaWidget<ClusterView>>({ namespace: 'patholearn-cluster' });
    const onDashboard = app.hasPlugin(DASK_PLUGIN)
      ? () => {
          app.shell.activateById(DASK_SIDEBAR);
        }
      : undefined;
    app.commands.addCommand(SHOW, {
      label: 'Show the Cluster',
      caption: 'Workers, processors, memory, GPUs, and the jobs that run or wait',
      execute: () => {
        let view = tracker.find(() => true);
        if (!view) {
          view = new MainAreaWidget({ content: new ClusterView(api, onDashboard) });
          view.id = 'patholearn-cluster';
          void tracker.add(view);
          app.shell.add(view, 'main');
        }
        app.shell.activateById(view.id);
      }
    });
    palette?.addItem({ command: SHOW, category: CATEGORY });
    void restorer?.restore(tracker, { command: SHOW, name: () => 'cluster' });
  }
};
