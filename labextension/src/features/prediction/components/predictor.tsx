import { useEffect, useRef, useState } from 'react';
import type { EventsApi, ModelManifest, ModelsApi, PredictionResult, SampleRef } from '../../../api';
import { CopyButton, Icon, Notice, useAnswer } from '../../../elements';
import { asCode, refusal, type Answered } from '../answers';
import { chosenModel, type Choice } from '../choices';
import { averageRow, FeatureFields, readRow } from './feature-fields';
import { History } from './history';
import { ModelChoice } from './model-choice';
import { PictureDrop } from './picture-drop';
import { Verdict } from './verdict';

interface PredictorProps {
  api: { models: ModelsApi; events: EventsApi };
  graph: string;
  choice: Choice;
  onChoose: (choice: Choice) => void;
}

/** A network that can be asked: choose it, give it a picture, read what it says. */
export function Predictor({ api, graph, choice, onChoose }: PredictorProps): JSX.Element {
  const { value: models, reason, isLoading, reload } = useAnswer(() => api.models.list(), 'models');
  useEffect(() => api.events.subscribe(reload, ['models']), [api.events, reload]);
  const chosen = models && chosenModel(models, graph, choice);
  return (
    <div className="plab-predictor plab-card">
      {reason !== undefined && (
        <Notice reason={reason}>
          <button type="button" className="plab-button" onClick={reload}>
            Try again
          </button>
        </Notice>
      )}
      {!models && isLoading && <span className="plab-skeleton plab-predictor-skeleton" />}
      {models && !chosen && <NoModel name={choice.model} />}
      {models && chosen && <Asking models={models} chosen={chosen} api={api} onChoose={onChoose} />}
    </div>
  );
}

function NoModel({ name }: { name: string | null }): JSX.Element {
  return (
    <div className="plab-empty">
      <Icon name="image" />
      <p>{name === null ? 'There is no trained network yet.' : `There is no model called '${name}'.`}</p>
      <p className="plab-faint">Train one first: it appears here by itself as soon as its training is done.</p>
    </div>
  );
}

interface AskingProps {
  models: ModelManifest[];
  chosen: ModelManifest;
  api: { models: ModelsApi };
  onChoose: (choice: Choice) => void;
}

function Asking({ models, chosen, api, onChoose }: AskingProps): JSX.Element {
  const [answers, setAnswers] = useState<Answered[]>([]);
  const [shown, setShown] = useState<number>();
  const [reason, setReason] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const [row, setRow] = useState<Record<string, string>>({});
  const nextKey = useRef(0);
  const { name, version, standardization: table } = chosen;
  const takesPictures = chosen.inputs.includes('images');
  useEffect(() => {
    setRow(averageRow(table));
    // Not by the table itself: manifests are read anew at every event, and what was typed must stay.
  }, [name, version]);

  const ask = (question: () => Promise<PredictionResult>, asked: Omit<Answered, 'result' | 'key'>): void => {
    setIsBusy(true);
    setReason(undefined);
    question()
      .then(result => {
        const key = nextKey.current++;
        const source = result.sample ? `Image ${result.sample.index} of ${result.sample.dataset}` : asked.source;
        setAnswers(before => [{ ...asked, source, result, key }, ...before]);
        setShown(key);
        if (table) {
          setRow(Object.fromEntries(Object.entries(result.features).map(([feature, value]) => [feature, `${value}`])));
        }
      }, setReason)
      .finally(() => {
        setIsBusy(false);
      });
  };
  const askRandom = (): void => {
    ask(() => api.models.predictSample(name, { version }), { source: 'Test image' });
  };
  /** Asks with the features that stand in the fields: about a picture, about the sample shown, or about them alone. */
  const askWith = (picture: File | undefined, sample: SampleRef | null): void => {
    const features = table ? readRow(row) : undefined;
    if (typeof features === 'string') {
      setReason({ message: `The field '${features}' holds no number.`, hint: 'Write a number, such as 42 or 0.5.' });
    } else if (sample) {
      const { dataset, index } = sample;
      ask(() => api.models.predictSample(name, { dataset, index, version, features }), { source: '', features });
    } else {
      const source = picture?.name ?? 'A row of features';
      ask(() => api.models.predict(name, picture ?? null, version, features), { source, picture, features });
    }
  };
  const askPicture = (file: File): void => {
    const refused = refusal(file);
    if (refused) {
      setReason(refused);
    } else {
      askWith(file, null);
    }
  };

  const answer = answers.find(({ key }) => key === shown);
  return (
    <>
      <header className="plab-predictor-head">
        <ModelChoice models={models} chosen={chosen} onChoose={onChoose} />
        <CopyButton text={asCode(name, version, answer)} label="Copy as code" icon="code" />
      </header>
      <PictureDrop isBusy={isBusy} onPicture={takesPictures ? askPicture : null} onRandom={askRandom}>
        {table && (
          <FeatureFields
            table={table}
            row={row}
            isBusy={isBusy}
            onChange={setRow}
            onAsk={
              answer || !takesPictures
                ? () => {
                    askWith(answer?.picture, answer?.result.sample ?? null);
                  }
                : null
            }
          />
        )}
        {reason !== undefined && <Notice reason={reason} />}
        {answer ? (
          <Verdict answer={answer} />
        ) : (
          <p className="plab-drop-empty plab-faint">
            {isBusy
              ? 'Asking the network'
              : takesPictures
                ? 'The picture and what the network says about it appear here.'
                : 'What the network says appears here.'}
          </p>
        )}
      </PictureDrop>
      <History answers={answers} shown={shown} onShow={setShown} />
    </>
  );
}
