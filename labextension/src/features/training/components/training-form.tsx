import { useEffect, useState, type RefObject } from 'react';
import { askHost, type ReadCellDetail } from '../../../editor/host-events';
import { CopyButton, Icon, Notice } from '../../../elements';
import type { Estimate } from '../../../api';
import type { CellFacts } from '../../../generated';
import { useEstimate } from '../use-estimate';
import { EstimateCard } from './estimate-card';
import { FIELDS, asCode, typedSettings, type Settings } from '../fields';
import { MoreFields, SettingFields, refusalsOf } from './setting-fields';

/** What a cell says about itself, and the data set that would be trained on. */
export type PanelFacts = CellFacts & {
  dataset: string | null;
  /** The names of augmentations that can be chosen. */
  augmentations?: readonly string[];
};

export interface TrainingCalls {
  /** Reads a cell without running it; null stands for the panel's own code. */
  read(code: string | null): Promise<PanelFacts>;
  start(code: string | null, settings: Settings): Promise<unknown>;
  /** Measures one batch of what would be trained. */
  estimate(code: string | null, settings: Settings): Promise<Estimate>;
}

interface TrainingFormProps {
  calls: TrainingCalls;
  graph: string;
  /** An element inside of the notebook, from which the cell is asked for. */
  root: RefObject<HTMLElement | null>;
  isBusy: boolean;
}

/** The settings of a training, filled in from the cell, and the button that starts it. */
export function TrainingForm({ calls, graph, root, isBusy }: TrainingFormProps): JSX.Element {
  const [facts, setFacts] = useState<PanelFacts>();
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [reason, setReason] = useState<unknown>();
  const [isStarting, setIsStarting] = useState(false);

  // The cell as it stands in the notebook; null where there is no host, or no cell of this graph yet.
  const currentCode = (): string | null => {
    const detail: ReadCellDetail = { graph };
    if (root.current && graph) {
      askHost(root.current, 'patholearn:read-cell', detail);
    }
    return detail.source ?? null;
  };
  const refresh = (): void => {
    calls.read(currentCode()).then(found => {
      setFacts(found);
      setReason(undefined);
    }, setReason);
  };
  // Whenever it comes into view: at the first drawing it may hang in no notebook yet, so that nobody could be asked for
  // the cell. While it is in view, the pointer coming back reads the cell anew.
  useEffect(() => {
    refresh();
    if (!root.current || typeof IntersectionObserver === 'undefined') {
      return undefined;
    }
    const observer = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) {
        refresh();
      }
    });
    observer.observe(root.current);
    return () => {
      observer.disconnect();
    };
  }, [graph]);

  const cell = facts?.settings ?? {};
  const shown = (name: string, constant: string): string => {
    const own = cell[constant];
    return texts[name] ?? (typeof own === 'number' ? String(own) : '');
  };
  const values = Object.fromEntries(FIELDS.map(({ name, constant }) => [name, shown(name, constant)]));
  const refusals = refusalsOf(values);
  const change = (name: string, text: string): void => {
    setTexts({ ...texts, [name]: text });
  };
  const settings: Settings = {
    ...typedSettings(values, cell),
    ...(texts.augmentation ? { augmentation: texts.augmentation } : {})
  };

  const estimated = useEstimate(() => calls.estimate(currentCode(), settings), JSON.stringify([facts, settings]));

  const train = (): void => {
    setIsStarting(true);
    setReason(undefined);
    calls
      .start(currentCode(), settings)
      .then(() => {
        if (root.current) {
          askHost(root.current, 'patholearn:save-notebook', {});
        }
      }, setReason)
      .finally(() => {
        setIsStarting(false);
      });
  };

  return (
    <form
      className="plab-form"
      onPointerEnter={refresh}
      onSubmit={event => {
        event.preventDefault();
        if (refusals.length === 0 && !isStarting && !isBusy) {
          train();
        }
      }}
    >
      <header className="plab-run-head">
        <h2>Train {facts?.class_name ?? 'the network'}</h2>
        {facts?.dataset && <span className="plab-faint">on {facts.dataset}</span>}
        <span className="plab-spacer" />
        <CopyButton
          text={asCode(facts?.class_name ?? null, facts?.dataset ?? null, settings)}
          label="Copy as code"
          icon="code"
        />
      </header>
      <div className="plab-form-fields">
        <SettingFields texts={values} onChange={change} />
        {facts?.augmentations && (
          <label
            className="plab-field"
            title="What is done to training images at random, each time the network sees them: turned, mirrored, stained otherwise"
          >
            <span>Augmentation</span>
            <select
              value={texts.augmentation ?? ''}
              onChange={event => {
                setTexts({ ...texts, augmentation: event.target.value });
              }}
            >
              <option value="">from the cell</option>
              {facts.augmentations.map(name => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <button
          type="submit"
          className="plab-button plab-button-primary"
          disabled={refusals.length > 0 || isStarting || isBusy}
        >
          <Icon name="play" />
          {isStarting ? 'Starting' : 'Train'}
        </button>
        <button
          type="button"
          className="plab-button"
          title="Measures one batch: whether the training fits into the memory, and how long it takes"
          disabled={refusals.length > 0 || estimated.isMeasuring}
          onClick={estimated.measure}
        >
          <Icon name="question" />
          {estimated.isMeasuring ? 'Measuring' : 'Will it fit?'}
        </button>
      </div>
      <MoreFields texts={values} onChange={change} />
      {refusals.map(text => (
        <p key={text} className="plab-refusal" role="alert">
          {text}
        </p>
      ))}
      {facts?.syntax_error && (
        <p className="plab-refusal" role="alert">
          Line {facts.syntax_error.line} of the cell: {facts.syntax_error.message}
        </p>
      )}
      {reason !== undefined && <Notice reason={reason} />}
      {estimated.reason !== undefined && <Notice reason={estimated.reason} />}
      {estimated.estimate && (
        <EstimateCard
          estimate={estimated.estimate}
          onTake={size => {
            setTexts({ ...texts, batch_size: String(size) });
          }}
        />
      )}
      <p className="plab-faint">
        The cell is trained as it stands in the notebook, with your changes. It goes on when you close the tab.
      </p>
    </form>
  );
}
