/** The dialog that draws a whole network: which data set, how large, how it shall be; with bars for speed and ability. */
import type { ArchitecturesApi, Complexity, DatasetsApi, Preference } from '../api';
import { errorText } from '../api';
import type { CheckResult, GraphDocument } from '../generated';
import { datasetChoices } from './dataset-choices';
import { openDialog } from './dialog';
import { fill, h } from './dom';
import { count, short } from './format';

export interface GeneratingParts {
  root: HTMLElement;
  architectures: Pick<ArchitecturesApi, 'check' | 'generate'>;
  datasets: DatasetsApi;
  /** The data set to begin with; none where it is empty. */
  dataset: string;
  /** Takes the network onto the canvas. */
  onTake: (document: GraphDocument, name: string) => void;
}

const SIZES: readonly Complexity[] = ['small', 'medium', 'large'];
const WISHES: Record<Preference, string> = { fast: 'Fast to train', exact: 'As good as possible' };
/** What fills a bar: the ranges that networks of this generator have, as powers of ten. */
const WORK = { least: 5, most: 9.5 };
const WEIGHTS = { least: 2, most: 6.5 };

interface Offer {
  document: GraphDocument;
  reasons: readonly string[];
  totals: CheckResult['totals'];
}

export function openGenerator({ root, architectures, datasets, dataset, onTake }: GeneratingParts): void {
  const set = h('select', { 'aria-label': 'Data set' });
  const size = radios(
    'How large',
    SIZES.map(value => [value, value[0]?.toUpperCase() + value.slice(1)]),
    'medium'
  );
  const wish = radios('How it shall be', Object.entries(WISHES), 'fast');
  const answer = h('div', { class: 'plab-generated', 'aria-live': 'polite' });
  const take = h(
    'button',
    { type: 'button', class: 'plab-button plab-button-primary', disabled: true },
    'Draw this network'
  );
  let offer: Offer | undefined;
  let asked = 0;

  const ask = async (): Promise<void> => {
    const own = (asked += 1);
    offer = undefined;
    take.disabled = true;
    try {
      const made = await architectures.generate(set.value, {
        complexity: size.value as Complexity,
        prefer: wish.value as Preference
      });
      const { totals } = await architectures.check(made.document);
      if (own === asked) {
        const found = { ...made, totals };
        offer = found;
        take.disabled = false;
        fill(answer, ...described(found));
      }
    } catch (reason) {
      if (own === asked) {
        const { message, hint } = errorText(reason);
        fill(answer, h('p', { role: 'alert' }, `${message} ${hint}`));
      }
    }
  };
  for (const element of [set, size.element, wish.element]) {
    element.addEventListener('change', () => void ask());
  }
  const close = openDialog(root, 'Draw a network for a data set', [
    h('label', { class: 'plab-dialog-row' }, h('span', {}, 'Data set'), set),
    size.element,
    wish.element,
    answer,
    h(
      'footer',
      {},
      h('p', { class: 'plab-quiet' }, 'It takes the place of what is drawn. Undo brings that back.'),
      take
    )
  ]);
  take.addEventListener('click', () => {
    if (offer) {
      close();
      onTake(offer.document, offer.document.meta.name);
    }
  });
  datasetChoices(datasets)
    .then(choices => {
      fill(set, ...choices.map(({ value, label }) => h('option', { value, selected: value === dataset }, label)));
      return choices.length > 0 ? ask() : fill(answer, 'There is no data set yet. Make or upload one first.');
    })
    .catch((reason: unknown) => {
      fill(answer, h('p', { role: 'alert' }, errorText(reason).message));
    });
}

function described({ reasons, totals }: Offer): HTMLElement[] {
  const { multiply_adds: work, parameters } = totals;
  return [
    bar('Speed', 1 - share(work, WORK), `${short(work)} multiply-adds per image: fewer are faster`),
    bar('Ability', share(parameters, WEIGHTS), `${count(parameters)} weights: more can tell finer things apart`),
    h('details', {}, h('summary', {}, 'Why it is as it is'), h('ul', {}, ...reasons.map(reason => h('li', {}, reason))))
  ];
}

function share(value: number, { least, most }: { least: number; most: number }): number {
  return Math.min(1, Math.max(0.04, (Math.log10(Math.max(1, value)) - least) / (most - least)));
}

function bar(label: string, filled: number, words: string): HTMLElement {
  const percent = Math.round(100 * Math.max(0.04, filled));
  const meter = h('div', { class: 'plab-gauge', role: 'img', 'aria-label': `${label}: ${percent} of 100` });
  const inner = h('span');
  inner.style.width = `${percent}%`;
  meter.append(inner);
  return h('div', { class: 'plab-dialog-row' }, h('span', {}, label), meter, h('small', {}, words));
}

function radios(
  label: string,
  choices: readonly (readonly [value: string, label: string])[],
  chosen: string
): { element: HTMLElement; readonly value: string } {
  const name = `plab-${label.replaceAll(' ', '-')}-${Math.random().toString(36).slice(2, 8)}`;
  const inputs = choices.map(([value]) => h('input', { type: 'radio', name, value, checked: value === chosen }));
  const rows = choices.map(([, words], index) => h('label', {}, inputs[index], words));
  return {
    element: h('fieldset', { class: 'plab-dialog-row' }, h('legend', {}, label), ...rows),
    get value() {
      return inputs.find(input => input.checked)?.value ?? chosen;
    }
  };
}
