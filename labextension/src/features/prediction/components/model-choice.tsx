import type { ModelManifest } from '../../../api';
import { quality, says } from '../answers';
import { modelNames, versionsOf, type Choice } from '../choices';

interface ModelChoiceProps {
  models: ModelManifest[];
  chosen: ModelManifest;
  onChoose: (choice: Choice) => void;
}

/** Which model, and which version of it; beside it how good it was on the test images. */
export function ModelChoice({ models, chosen, onChoose }: ModelChoiceProps): JSX.Element {
  const measured = quality(chosen);
  return (
    <div className="plab-model-choice">
      <label className="plab-field">
        <span>Model</span>
        <select
          value={chosen.name}
          onChange={event => {
            onChoose({ model: event.target.value, version: null });
          }}
        >
          {modelNames(models).map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="plab-field">
        <span>Version</span>
        <select
          value={chosen.version}
          onChange={event => {
            onChoose({ model: chosen.name, version: Number(event.target.value) });
          }}
        >
          {versionsOf(models, chosen.name).map(version => (
            <option key={version} value={version}>
              {version}
            </option>
          ))}
        </select>
      </label>
      <p className="plab-faint">
        answers with {says(chosen)}; trained on {chosen.dataset}
        {measured && `, ${measured}`}
      </p>
    </div>
  );
}
