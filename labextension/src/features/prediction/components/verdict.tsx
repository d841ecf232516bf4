import type { Answered } from '../answers';
import { TASK_WORDS } from '../answers';
import { viewOf } from '../views';
import { Picture } from './picture';

/** What the network says: one view for each of its outputs, with the picture as it saw it. */
export function Verdict({ answer: { result, source } }: { answer: Answered }): JSX.Element {
  const { answers, image } = result;
  const firstPlain = answers.findIndex(({ task }) => !viewOf(task).hasPicture);
  return (
    <section className="plab-verdict" aria-label="Prediction" aria-live="polite">
      {answers.map((answer, place) => {
        const { component: View, hasPicture } = viewOf(answer.task);
        const view = <View answer={answer} image={image ?? ''} source={source} />;
        return (
          <article key={answer.output} className="plab-answer" aria-label={answer.output}>
            {answers.length > 1 && (
              <h3>
                {answer.output} <span className="plab-faint">{TASK_WORDS[answer.task]}</span>
              </h3>
            )}
            {hasPicture ? (
              view
            ) : (
              <div className="plab-answer-plain">
                {image !== null && place === firstPlain && (
                  <Picture
                    png={image}
                    alt={`${source}, as the model saw it`}
                    caption={`${source}, as the model saw it`}
                  />
                )}
                <div className="plab-verdict-words">{view}</div>
              </div>
            )}
          </article>
        );
      })}
    </section>
  );
}
