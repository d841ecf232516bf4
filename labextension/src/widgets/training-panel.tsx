import { widgetTransport, type Diagnosis, type Job, type MessageModel, type WidgetApi } from '../api';
import { mount, useTrait, type TraitModel } from '../elements';
import '../elements/elements.css';
import type { TrainingCalls } from '../features/training/components/training-form';
import { TrainingPanel } from '../features/training/components/training-panel';
import '../features/training/training.css';

type Model = TraitModel & MessageModel;

function View({ model, api, calls }: { model: Model; api: WidgetApi; calls: TrainingCalls }): JSX.Element {
  const [graph] = useTrait<string>(model, 'graph');
  const [job] = useTrait<Job | null>(model, 'job');
  const [problem] = useTrait<unknown>(model, 'problem');
  const [diagnosis] = useTrait<Diagnosis | null>(model, 'diagnosis');
  const [pointed, point] = useTrait<string>(model, 'finding');
  const [, show] = useTrait<string>(model, 'shown');
  return (
    <TrainingPanel
      api={api}
      calls={calls}
      graph={graph}
      job={job}
      problem={problem}
      diagnosis={diagnosis}
      pointed={pointed}
      onPoint={point}
      onStarted={({ id }) => {
        show(id);
      }}
    />
  );
}

export default {
  render({ model, el }: { model: Model; el: HTMLElement }) {
    const api = widgetTransport(model);
    const calls: TrainingCalls = {
      read: code => api.call('training.read', { code }),
      start: (code, settings) => api.call('training.start', { code, ...settings }),
      estimate: (code, settings) => api.call('training.estimate', { code, ...settings })
    };
    const unmount = mount(el, <View model={model} api={api} calls={calls} />);
    return () => {
      unmount();
      api.dispose();
    };
  }
};
