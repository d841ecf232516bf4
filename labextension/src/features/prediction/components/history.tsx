import { Icon, percent } from '../../../elements';
import { isRight, sureness, tally, type Answered } from '../answers';

interface HistoryProps {
  answers: Answered[];
  shown: number | undefined;
  onShow: (key: number) => void;
}

const KEPT = 12;

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
          const wasRight = isRight(answer.result);
          const word = wasRight === null ? 'truth unknown' : wasRight ? 'right' : 'wrong';
          return (
            <li key={answer.key}>
              <button
                type="button"
                className="plab-past"
                aria-current={answer.key === shown}
                title={`${answer.source}: ${answer.result.predicted}, ${percent(sureness(answer.result))} sure, ${word}`}
                onClick={() => {
                  onShow(answer.key);
                }}
              >
                <img src={`data:image/png;base64,${answer.result.image}`} alt={answer.source} />
                <span className={wasRight === null ? 'plab-faint' : wasRight ? 'plab-right' : 'plab-wrong'}>
                  <Icon name={wasRight === null ? 'question' : wasRight ? 'check' : 'cross'} />
                  {answer.result.predicted}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
