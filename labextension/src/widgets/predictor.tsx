import { widgetTransport, type MessageModel, type WidgetApi } from '../api';
import { mount, useTrait, type TraitModel } from '../elements';
import '../elements/elements.css';
import { Predictor } from '../features/prediction/components/predictor';
import '../features/prediction/answers.css';
import '../features/prediction/prediction.css';

type Model = TraitModel & MessageModel;

function View({ model, api }: { model: Model; api: WidgetApi }): JSX.Element {
  const [graph] = useTrait<string>(model, 'graph');
  const [name, setName] = useTrait<string | null>(model, 'model');
  const [version, setVersion] = useTrait<number | null>(model, 'version');
  return (
    <Predictor
      api={api}
      graph={graph}
      choice={{ model: name, version }}
      onChoose={choice => {
        setName(choice.model);
        setVersion(choice.version);
      }}
    />
  );
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
