import type { ClassAnswer } from '../../../api';
import { Bars, percent } from '../../../elements';
import type { ViewProps } from '../views';
import { RightOrWrong } from './right-or-wrong';

/** Each class with its probability, and whether the most probable one is right. */
export function ClassView({ answer }: ViewProps<ClassAnswer>): JSX.Element {
  const { classes, probabilities, predicted, truth } = answer;
  const bars = classes.map((label, place) => {
    const share = probabilities[place] ?? 0;
    return { label, share, text: percent(share), isMarked: label === predicted };
  });
  return (
    <>
      <p className="plab-verdict-top">
        The network says <strong>{predicted}</strong>.
      </p>
      {truth !== null && (
        <p>
          <RightOrWrong isRight={truth === predicted}>
            {truth === predicted ? `Right: it is ${truth}.` : `Wrong: it is ${truth}.`}
          </RightOrWrong>
        </p>
      )}
      <Bars caption="Probability of each class" bars={bars} />
      <p className="plab-faint">
        {Math.max(0, ...probabilities).toFixed(2)} says how sure the network is, not how likely it is right. On cases
        unlike those it was trained on it can be sure and wrong. It is for learning, not for a diagnosis.
      </p>
    </>
  );
}
