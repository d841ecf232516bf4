import { CopyButton, Icon } from '../../../elements';

const FIRST_RUN = `import patholearn_lab as lab

run = lab.train(lab.Architecture.from_template("lenet5", dataset="he_tissue"), epochs=3)
run`;

/** What stands where nothing was trained yet: what a run is, and the two ways to the first one. */
export function NoRuns({ onDraw }: { onDraw?: () => void }): JSX.Element {
  return (
    <div className="plab-empty plab-runs-none">
      <Icon name="play" />
      <h2>No run yet</h2>
      <p>
        A <em>run</em> is one training of a network: its settings, its curves, its log and what came out. It goes on
        when you close the tab, and is found here again.
      </p>
      <ol>
        <li>
          Draw a network, and train it with the panel below it.
          {onDraw && (
            <button type="button" className="plab-button plab-button-primary" onClick={onDraw}>
              <Icon name="plus" />
              Draw a network
            </button>
          )}
        </li>
        <li>
          Or run this in a notebook:
          <pre>{FIRST_RUN}</pre>
          <CopyButton text={FIRST_RUN} label="Copy" icon="code" />
        </li>
      </ol>
    </div>
  );
}
