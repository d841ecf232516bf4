import { widgetTransport, type MessageModel, type WidgetApi } from '../api';
import { mount, useTrait, type TraitModel } from '../elements';
import '../elements/elements.css';
import { DatasetBrowser } from '../features/datasets/components/dataset-browser';
import '../features/datasets/datasets.css';
import '../features/datasets/import.css';
import '../features/datasets/curation/curation.css';

type Model = TraitModel & MessageModel;

function View({ model, api }: { model: Model; api: WidgetApi }): JSX.Element {
  const [dataset, setDataset] = useTrait<string | null>(model, 'dataset');
  return <DatasetBrowser api={api} selected={dataset} onSelect={setDataset} />;
}

export default {
  render({ model, el }: { model: Model; el: HTMLElement }) {
    const api = widgetTransport(model);
    const unmount = mount(el, <View model={model} api={api} />);
    return () => {
      unmount();
      api.dispose();
    };
  }
};
