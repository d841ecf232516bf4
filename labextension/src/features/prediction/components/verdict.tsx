import { Bars, Icon, percent } from '../../../elements';
import { isRight, sureness, type Answered } from '../answers';

/** What the network says: the picture as it saw it, each class with its probability, and whether it was right. */
export function Verdict({ answer }: { answer: Answered }): JSX.Element {
  const { result, source } = answer;
  const right = isRight(result);
  const sure = sureness(result);
  const bars = result.classes.map((label, place) => {
    const share = result.probabilities[place] ?? 0;
    return { label, share, text: percent(share), isMarked: label === result.predicted };
  });
  return (
    <section className="plab-verdict" aria-label="Prediction" aria-live="polite">
      <figure>
        <img src={`data:image/png;base64,${result.image}`} alt={`${source}, as the model saw it`} />
        <figcaption className="plab-faint">{source}, as the model saw it</figcaption>
      </figure>
      <div className="plab-verdict-words">
        <p className="plab-verdict-top">
          The network says <strong>{result.predicted}</strong>.
        </p>
        {right !== null && (
          <p className={right ? 'plab-right' : 'plab-wrong'}>
            <Icon name={right ? 'check' : 'cross'} />
            {right
              ? `Right: it is ${result.sample?.class_name ?? ''}.`
              : `Wrong: it is ${result.sample?.class_name ?? ''}.`}
          </p>
        )}
        <Bars caption="Probability of each class" bars={bars} />
        <p className="plab-faint">
          {sure.toFixed(2)} says how sure the network is, not how likely it is right. On pictures unlike those it was
          trained on it can be sure and wrong. It is for learning, not for a diagnosis.
        </p>
      </div>
    </section>
  );
}
