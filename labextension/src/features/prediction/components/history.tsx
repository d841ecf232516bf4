import { Icon } from '../../../elements';
import { summary, tally, type Answered } from '../answers';

interface HistoryProps {
  answers: Answered[];
  shown: number | undefined;
  onShow: (key: number) => void;
}

const KEPT = 12;

/** How an answer is marked; one that is only more or less right has no mark. */
const SIGNS = {
  true: { look: 'plab-right', icon: 'check', word: 'right' },
  false: { look: 'plab-wrong', icon: 'cross', word: 'wrong' },
  null: { look: 'plab-faint', icon: 'question', word: 'truth unknown' },
  undefined: { look: '', icon: null, word: '' }
} as const;

/** The last predictions, and how many of them were right. A click shows one again. */
export function History({ answers, shown, onShow }: HistoryProps): JSX.Element | null {
  if (answers.length < 2) {
    return null;
  }
  const { right, known } = tally(answers);
  return (
    <section className="plab-history" aria-label="Earlier predictions">
      <h3>
        So far{' '}
        {known > 0 && (
          <span className="plab-faint">
            {right} of {known} right
          </span>
        )}
      </h3>
      <ul>
        {answers.slice(0, KEPT).map(answer => {
          const first = answer.result.answers[0];
          const { text, isRight } = first ? summary(first) : { text: '', isRight: undefined };
          const { look, icon, word } = SIGNS[`${isRight}`];
          return (
            <li key={answer.key}>
              <button
                type="button"
                className="plab-past"
                aria-current={answer.key === shown}
                title={`${answer.source}: ${text}${word && `, ${word}`}`}
                onClick={() => {
                  onShow(answer.key);
                }}
              >
                {answer.result.image !== null && (
                  <img src={`data:image/png;base64,${answer.result.image}`} alt={answer.source} />
                )}
                <span className={look}>
                  {icon && <Icon name={icon} />}
                  {text}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
