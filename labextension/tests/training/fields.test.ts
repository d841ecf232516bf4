import { describe, expect, it } from 'vitest';
import { duration } from '../../src/elements';
import { FIELDS, asCode, recordedTexts, refusal, typedSettings } from '../../src/features/training/fields';
import { trainingResult, verdict } from '../../src/features/training/job-words';
import { RESULT, job } from './fakes';

const field = (name: string): (typeof FIELDS)[number] => {
  const found = FIELDS.find(one => one.name === name);
  if (!found) {
    throw new Error(name);
  }
  return found;
};

describe('the fields of the training form', () => {
  it.each([
    ['epochs', '8', true],
    ['epochs', '', true],
    ['epochs', '0', false],
    ['epochs', '1.5', false],
    ['epochs', 'many', false],
    ['epochs', '1001', false],
    ['learning_rate', '0.001', true],
    ['learning_rate', '1e-3', true],
    ['learning_rate', '0', false],
    ['learning_rate', 'Infinity', false],
    ['seed', '0', true],
    ['seed', '-1', false]
  ])('%s may be %j: %s', (name, text, isFine) => {
    expect(refusal(field(name), text) === '').toBe(isFine);
  });

  it('leave to the cell what equals its own constant', () => {
    const texts = { epochs: '8', batch_size: '64', learning_rate: '', seed: '7' };
    expect(typedSettings(texts, { EPOCHS: 8, BATCH_SIZE: 32 })).toEqual({ batch_size: 64, seed: 7 });
  });

  it('become a line of code', () => {
    expect(asCode('LeNet5', 'he_tissue', { epochs: 4 })).toBe('run = lab.train(LeNet5, dataset="he_tissue", epochs=4)');
    expect(asCode('LeNet5', null, { augmentation: 'tissue' })).toBe(
      'run = lab.train(LeNet5, data={"augmentation": "tissue"})'
    );
    expect(asCode(null, null, {})).toBe('run = lab.train(model)');
  });
});

describe('a result', () => {
  it('is said beside the simple rule, and does not flatter', () => {
    expect(verdict(0.93, 0.55)).toContain('93 of 100');
    expect(verdict(0.93, 0.55)).toContain('color alone does not tell');
    expect(verdict(0.56, 0.55)).toContain('about the same');
    expect(verdict(0.4, 0.55)).toContain('not learned enough');
    expect(verdict(0.93, null)).not.toContain('rule');
    expect(verdict(0.9, 0.75, 'images', ['features'])).toContain('only looks at the table gets 75');
    expect(verdict(0.9, 0.75, 'images', ['images', 'features'])).toContain('color and table alone do not tell');
  });

  it('of another kind of job is none', () => {
    expect(trainingResult(job({ result: { rows: 7 } }))).toBeNull();
    expect(trainingResult(job({ result: RESULT }))?.model).toEqual({ name: 'lenet-5', version: 3 });
  });
});

it.each([
  [0.4, '0 s'],
  [59.6, '1 min 00 s'],
  [125, '2 min 05 s'],
  [4320, '1 h 12 min']
])('%d seconds are %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

describe('what a training needs of the cluster', () => {
  it('is told apart from how it learns, in the settings and as code', () => {
    const settings = typedSettings({ epochs: '5', workers: '2', share_gpu: '1', class_weights: 'balanced' }, {});
    expect(settings).toEqual({ epochs: 5, class_weights: 'balanced', resources: { workers: 2, share_gpu: 1 } });
    expect(asCode('Net', null, settings)).toBe(
      'run = lab.train(Net, epochs=5, class_weights="balanced", resources={"workers": 2, "share_gpu": 1})'
    );
  });

  it('may be no GPU at all', () => {
    const gpus = FIELDS.find(field => field.name === 'gpus');
    expect(gpus && refusal(gpus, '0')).toBe('');
    expect(gpus && refusal(gpus, '65')).toContain('from 0 to 64');
  });
});

describe('what a run was trained with', () => {
  it('stands in the fields of its copy, but for what is off', () => {
    const settings = {
      epochs: 8,
      learning_rate: null,
      precision: 32,
      find_learning_rate: true,
      class_weights: 'balanced'
    };
    expect(recordedTexts(settings)).toEqual({ epochs: '8', find_learning_rate: '1', class_weights: 'balanced' });
  });
});
