import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type ModelManifest, type ModelsApi, type PredictionResult } from '../../src/api';
import { asCode, refusal, tally, type Answered } from '../../src/features/prediction/answers';
import { chosenModel, versionsOf } from '../../src/features/prediction/choices';
import { Predictor } from '../../src/features/prediction/components/predictor';
import { button, choose, click, doing, draw, fakeEvents, type, type Drawn } from '../render';

let drawn: Drawn | undefined;
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
});

function model(name: string, version: number, graph: string | null, day: number): ModelManifest {
  return {
    name,
    version,
    inputs: ['images'],
    standardization: null,
    outputs: [{ name: 'scores', task: 'classification', classes: ['normal', 'tumor'], unit: '', thresholds: [] }],
    dataset: 'he_tissue',
    job: 'j',
    graph,
    owner: 'ada',
    visibility: 'private',
    created_at: `2026-01-0${day}T00:00:00Z`,
    parity: { max_abs_diff: 0, images: 5, outputs: { scores: 0 } },
    test_metrics: { test_accuracy: 0.93 },
    preprocessing: { channels: 3, height: 64, width: 64, mean: [0, 0, 0], std: [1, 1, 1] },
    environment: {}
  };
}

function prediction(truth: string | null, predicted = 'tumor'): PredictionResult {
  const probabilities = predicted === 'tumor' ? [0.07, 0.93] : [0.93, 0.07];
  return {
    model: { name: 'lenet', version: 1 },
    answers: [
      { task: 'classification', output: 'scores', classes: ['normal', 'tumor'], probabilities, predicted, truth }
    ],
    sample: truth === null ? null : { dataset: 'he_tissue', index: 4, class_name: truth },
    image: '',
    features: {}
  };
}

const MODELS = [model('lenet', 1, 'g1', 1), model('lenet', 2, 'g1', 3), model('other', 1, null, 5)];

function fakeModels(changes: Partial<ModelsApi> = {}): ModelsApi {
  const never = (): Promise<never> => Promise.reject(new Error('not part of this test'));
  return {
    list: vi.fn(() => Promise.resolve(MODELS)),
    get: never,
    delete: never,
    predict: vi.fn(() => Promise.resolve(prediction(null))),
    predictSample: vi.fn(() => Promise.resolve(prediction('tumor'))),
    ...changes
  };
}

async function predictor(models: ModelsApi, graph = 'g1', onChoose = vi.fn()): Promise<HTMLElement> {
  drawn = await draw(
    <Predictor
      api={{ models, events: fakeEvents() }}
      graph={graph}
      choice={{ model: null, version: null }}
      onChoose={onChoose}
    />
  );
  return drawn.element;
}

describe('the model', () => {
  it('is the newest of the graph, the newest of all, or the named one', () => {
    const nobody = { model: null, version: null };
    expect(chosenModel(MODELS, 'g1', nobody)).toMatchObject({ name: 'lenet', version: 2 });
    expect(chosenModel(MODELS, '', nobody)).toMatchObject({ name: 'other' });
    expect(chosenModel(MODELS, 'g2', nobody)).toBeNull();
    expect(chosenModel(MODELS, 'g1', { model: 'lenet', version: 1 })).toMatchObject({ version: 1 });
    expect(versionsOf(MODELS, 'lenet')).toEqual([2, 1]);
  });

  it('appears by itself when a training has made it', async () => {
    const list = vi.fn<() => Promise<ModelManifest[]>>(() => Promise.resolve([]));
    const events = fakeEvents();
    drawn = await draw(
      <Predictor
        api={{ models: fakeModels({ list }), events }}
        graph="g1"
        choice={{ model: null, version: null }}
        onChoose={vi.fn()}
      />
    );
    expect(drawn.element.textContent).toContain('There is no trained network yet.');
    list.mockResolvedValue(MODELS);
    await doing(() => {
      events.send('models');
    });
    expect(drawn.element.textContent).toContain('Random test image');
  });
});

describe('a prediction', () => {
  it('says what the network says, whether that is right, and warns', async () => {
    const models = fakeModels();
    const element = await predictor(models);
    await click(element, 'Random test image');
    expect(models.predictSample).toHaveBeenCalledWith('lenet', { version: 2 });
    expect(element.textContent).toContain('The network says tumor.');
    expect(element.textContent).toContain('Right: it is tumor.');
    expect(element.textContent).toContain('0.93 says how sure the network is, not how likely it is right');
    expect([...element.querySelectorAll('.plab-bar-text')].map(bar => bar.textContent)).toEqual(['7.0 %', '93.0 %']);
  });

  it('counts right and wrong answers', async () => {
    const predictSample = vi.fn(() => Promise.resolve(prediction('tumor')));
    const element = await predictor(fakeModels({ predictSample }));
    await click(element, 'Random test image');
    predictSample.mockResolvedValue(prediction('normal'));
    await click(element, 'Random test image');
    expect(element.textContent).toContain('Wrong: it is normal.');
    expect(element.textContent).toContain('1 of 2 right');
  });

  it('of a picture of one’s own tells no truth', async () => {
    const models = fakeModels();
    const element = await predictor(models);
    const picture = new File(['x'], 'cell.png', { type: 'image/png' });
    await choose(element.querySelector('input[type=file]') as HTMLInputElement, picture);
    expect(models.predict).toHaveBeenCalledWith('lenet', picture, 2, undefined);
    expect(element.textContent).not.toContain('Right:');
    expect(element.textContent).toContain('cell.png, as the model saw it');
  });

  it('takes a picture that is dropped', async () => {
    const models = fakeModels();
    const element = await predictor(models);
    const drop = new Event('drop', { bubbles: true });
    Object.assign(drop, { dataTransfer: { files: [new File(['x'], 'cell.png', { type: 'image/png' })] } });
    await doing(() => {
      element.querySelector('.plab-drop')?.dispatchEvent(drop);
    });
    expect(models.predict).toHaveBeenCalledTimes(1);
  });

  it('that is refused says why, and keeps the answer before', async () => {
    const predict = vi.fn(() => Promise.reject(new ApiError({ message: 'This is no picture.', hint: 'Try a PNG.' })));
    const element = await predictor(fakeModels({ predict }));
    await click(element, 'Random test image');
    await choose(element.querySelector('input[type=file]') as HTMLInputElement, new File(['x'], 'x.png'));
    expect(element.querySelector('[role=alert]')?.textContent).toBe('This is no picture.Try a PNG.');
    expect(element.textContent).toContain('The network says tumor.');
  });
});

describe('a model with a table', () => {
  const table = { features: ['age', 'marker'], mean: [60.2, 20], std: [9, 4] };
  const both: ModelManifest = { ...model('net', 1, 'g1', 1), inputs: ['images', 'features'], standardization: table };
  const row = { age: 71, marker: 18.5 };
  const fields = (element: HTMLElement): HTMLInputElement[] => [
    ...element.querySelectorAll<HTMLInputElement>('.plab-features input')
  ];

  it('begins at the averages, takes over the row of a sample, and is asked again with a changed one', async () => {
    const predictSample = vi.fn(() => Promise.resolve({ ...prediction('tumor'), features: row }));
    const element = await predictor(fakeModels({ list: () => Promise.resolve([both]), predictSample }));
    expect(fields(element).map(field => field.value)).toEqual(['60.2', '20']);
    expect(button(element, 'Ask with these features').disabled).toBe(true);
    await click(element, 'Random test image');
    expect(fields(element).map(field => field.value)).toEqual(['71', '18.5']);
    await type(fields(element)[0] as HTMLInputElement, '40');
    await click(element, 'Ask with these features');
    expect(predictSample).toHaveBeenLastCalledWith('net', {
      dataset: 'he_tissue',
      index: 4,
      version: 1,
      features: { age: 40, marker: 18.5 }
    });
  });

  it('refuses a field that holds no number', async () => {
    const models = fakeModels({ list: () => Promise.resolve([both]) });
    const element = await predictor(models);
    await type(fields(element)[1] as HTMLInputElement, '');
    await choose(element.querySelector('input[type=file]') as HTMLInputElement, new File(['x'], 'cell.png'));
    expect(models.predict).not.toHaveBeenCalled();
    expect(element.querySelector('[role=alert]')?.textContent).toContain("The field 'marker' holds no number.");
  });

  it('asks about a row alone where it takes no pictures', async () => {
    const alone = { ...both, inputs: ['features'] };
    const predict = vi.fn(() => Promise.resolve({ ...prediction(null), image: null, features: row }));
    const element = await predictor(fakeModels({ list: () => Promise.resolve([alone]), predict }));
    expect(element.textContent).not.toContain('Choose a picture');
    await click(element, 'Ask with these features');
    expect(predict).toHaveBeenCalledWith('net', null, 1, { age: 60.2, marker: 20 });
    expect(element.textContent).toContain('The network says tumor.');
    expect(element.querySelector('.plab-verdict img')).toBeNull();
    const code = asCode('net', 1, { result: { ...prediction(null), image: null }, source: '', key: 0, features: row });
    expect(code).toBe('lab.predict("net", features={"age": 71, "marker": 18.5}, version=1)');
  });
});

it('refuses what cannot be a picture before it is sent', () => {
  expect(refusal({ name: 'a.pdf', size: 10, type: 'application/pdf' })?.message).toContain("'a.pdf'");
  expect(refusal({ name: 'a.png', size: 9e6, type: 'image/png' })?.message).toContain('9.0 MB');
  expect(refusal({ name: 'a.tif', size: 10, type: '' })).toBeNull();
});

it('gives the call that predicts the same', () => {
  const answer: Answered = { result: prediction('tumor'), source: 'Image 4', key: 0 };
  expect(asCode('lenet', 2, answer)).toBe('lab.predict("lenet", dataset="he_tissue", index=4, version=2)');
  expect(asCode('lenet', 2, { ...answer, result: prediction(null), picture: new File([], 'cell.png') })).toBe(
    'lab.predict("lenet", "cell.png", version=2)'
  );
  expect(tally([answer, { ...answer, result: prediction(null) }])).toEqual({ right: 1, known: 1 });
});
