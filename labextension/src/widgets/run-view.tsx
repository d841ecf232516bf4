import { widgetTransport, type Diagnosis, type Job, type MessageModel, type WidgetApi } from '../api';
import { Notice, mount, useTrait, type TraitModel } from '../elements';
import '../elements/elements.css';
import { RunDetails } from '../features/training/components/run-details';
import '../features/training/training.css';

type Model = TraitModel & MessageModel;

function View({ model, api }: { model: Model; api: WidgetApi }): JSX.Element {
  const [job] = useTrait<Job | null>(model, 'job');
  const [problem] = useTrait<unknown>(model, 'problem');
  const [diagnosis] = useTrait<Diagnosis | null>(model, 'diagnosis');
  const [pointed, point] = useTrait<string>(model, 'finding');
  const [, show] = useTrait<string>(model, 'shown');
  return (
    <div className="plab-run-only plab-card">
      {job && (
        <RunDetails
          api={api}
          job={job}
          problem={problem}
          diagnosis={diagnosis}
          pointed={pointed}
          onPoint={point}
          onStarted={({ id }) => {
            show(id);
          }}
        />
      )}
      {!job && problem !== null && <Notice reason={problem} />}
    </div>
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
