import type { Job, JobsApi } from '../../../api';
import { duration, percent } from '../../../elements';
import { ruleSees, trainingResult, verdict } from '../job-words';
import { Confusion } from './confusion';
import { ClassScores } from './class-scores';
import { ExperimentButton } from './experiment-button';

/** What came out: how good the network is on images it never saw, where it errs, and what the model is called. */
export function Result({ jobs, job }: { jobs: JobsApi; job: Job }): JSX.Element | null {
  const result = trainingResult(job);
  if (!result) {
    return null;
  }
  const accuracy = result.test_metrics['test_accuracy'];
  const counts = result.confusion?.counts ?? 'images';
  const others = Object.entries(result.test_metrics).filter(([name]) => name !== 'test_accuracy');
  return (
    <section className="plab-result" aria-label="Result">
      <div className="plab-result-words">
        {accuracy !== undefined && (
          <>
            <div className="plab-result-figures">
              <p>
                <strong>{percent(accuracy)}</strong>
                <span>{counts === 'pixels' ? 'of the test pixels right' : 'test accuracy'}</span>
              </p>
              {result.baseline_accuracy !== null && (
                <p>
                  <strong className="plab-faint">{percent(result.baseline_accuracy)}</strong>
                  <span>by {ruleSees(result.inputs)} alone</span>
                </p>
              )}
            </div>
            <p>{verdict(accuracy, result.baseline_accuracy, counts, result.inputs)}</p>
          </>
        )}
        <dl className="plab-result-facts">
          <div>
            <dt>Model</dt>
            <dd>
              {result.model
                ? `${result.model.name}, version ${result.model.version}`
                : `none. ${result.export_error ? `${result.export_error.message} ${result.export_error.hint}` : 'This run is from before such networks could be asked.'}`}
            </dd>
          </div>
          {others.map(([name, value]) => (
            <div key={name}>
              <dt>{name.replaceAll('_', ' ')}</dt>
              <dd>{value.toFixed(4)}</dd>
            </div>
          ))}
          <div>
            <dt>Trained</dt>
            <dd>
              {result.epochs} {result.epochs === 1 ? 'epoch' : 'epochs'} in {duration(result.train_wall_s)}
            </dd>
          </div>
        </dl>
        <ExperimentButton key={job.id} jobs={jobs} jobId={job.id} />
      </div>
      <div className="plab-result-tables">
        {result.per_class.map(scores => (
          <ClassScores key={scores.output} scores={scores} />
        ))}
        {result.confusion && <Confusion {...result.confusion} />}
      </div>
    </section>
  );
}
