import { MainAreaWidget } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import { useState } from 'react';
import type { PatholearnApi } from '../../../api';
import { mount } from '../../../elements';
import { DatasetBrowser } from '../components/dataset-browser';
import { datasetsIcon } from './icon';

/** The data sets in a tab of JupyterLab: the same browser as in a notebook, without a kernel. */
class DatasetsPanel extends Widget {
  private readonly unmount: () => void;

  constructor(api: PatholearnApi) {
    super();
    this.addClass('plab-datasets-panel');
    this.unmount = mount(this.node, <Panel api={api} />);
  }

  override dispose(): void {
    this.unmount();
    super.dispose();
  }
}

function Panel({ api }: { api: PatholearnApi }): JSX.Element {
  const [selected, setSelected] = useState<string | null>(null);
  return <DatasetBrowser api={api} selected={selected} onSelect={setSelected} />;
}

export function datasetsTab(api: PatholearnApi): MainAreaWidget {
  const tab = new MainAreaWidget({ content: new DatasetsPanel(api) });
  tab.id = 'patholearn-datasets';
  tab.title.label = 'Data sets';
  tab.title.icon = datasetsIcon;
  tab.title.closable = true;
  return tab;
}
