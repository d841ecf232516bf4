import { afterEach, expect, it } from 'vitest';
import type { Answer, ModelManifest, PredictionResult } from '../../src/api';
import { figure, quality, summary } from '../../src/features/prediction/answers';
import { Verdict } from '../../src/features/prediction/components/verdict';
import { differences, enlarged } from '../../src/features/prediction/overlays';
import { doing, draw, type, type Drawn } from '../render';

let drawn: Drawn | undefined;
afterEach(() => {
  drawn?.unmount();
  drawn = undefined;
});

const CLASSES: Answer = {
  task: 'classification',
  output: 'diagnosis',
  classes: ['normal', 'tumor'],
  probabilities: [0.07, 0.93],
  predicted: 'tumor',
  truth: 'tumor'
};
const LABELS: Answer = {
  task: 'multilabel',
  output: 'kinds',
  labels: [
    { name: 'stroma', probability: 0.9, threshold: 0.5, present: true, truth: true },
    { name: 'gland', probability: 0.3, threshold: 0.5, present: false, truth: true }
  ]
};
const MASK: Answer = {
  task: 'segmentation',
  output: 'nuclei',
  mask: '',
  truth: '',
  areas: [
    { name: 'background', pixels: 3000, share: 0.75, true_pixels: 3100, dice: 0.95, iou: 0.9 },
    { name: 'nucleus', pixels: 1000, share: 0.25, true_pixels: 900, dice: 0.8, iou: 0.67 },
    { name: 'mitosis', pixels: 0, share: 0, true_pixels: 0, dice: null, iou: null }
  ],
  accuracy: 0.91
};
const VALUES: Answer = {
  task: 'regression',
  output: 'shares',
  unit: 'share of the pixels',
  values: [{ name: 'nucleus', value: 0.25, truth: 0.22, error: 0.03 }]
};
const IMAGE: Answer = {
  task: 'reconstruction',
  output: 'image',
  image: '',
  difference: '',
  largest_difference: 0.4,
  mean_absolute_error: 0.0312,
  mean_squared_error: 0.0021
};

async function verdict(...answers: Answer[]): Promise<HTMLElement> {
  const result: PredictionResult = {
    model: { name: 'net', version: 1 },
    answers,
    sample: { dataset: 'tissue', index: 4, class_name: null },
    image: '',
    features: {}
  };
  drawn = await draw(<Verdict answer={{ result, source: 'Image 4 of tissue', key: 0 }} />);
  return drawn.element;
}

function cells(element: HTMLElement): string[][] {
  return [...element.querySelectorAll('tbody tr')].map(row => [...row.children].map(cell => cell.textContent));
}

it('says of each label yes or no, and follows the threshold', async () => {
  const element = await verdict(LABELS);
  expect(element.textContent).toContain('The network finds stroma.');
  expect(cells(element)).toEqual([
    ['stroma', '', '90.0 %', 'yes', 'yes'],
    ['gland', '', '30.0 %', 'no', 'yes']
  ]);
  expect([...element.querySelectorAll('td > .plab-right, td > .plab-wrong')].map(sign => sign.className)).toEqual([
    'plab-right',
    'plab-wrong'
  ]);
  await type(element.querySelector('input[type=range]') as HTMLInputElement, '0.2');
  expect(element.textContent).toContain('The network finds stroma, gland.');
  expect(element.textContent).toContain('yes from 20.0 %');
  await doing(() => {
    element.querySelector('button')?.click();
  });
  expect(element.textContent).toContain('yes from 50.0 %');
});

it('shows a mask with its legend, and the truth only where it is known', async () => {
  const element = await verdict(MASK);
  expect(element.textContent).toContain('The masks overlap with a Dice of 0.80; 91.0 % of the pixels are right.');
  expect(cells(element)).toEqual([
    ['background', '3,000', '75.0 %', '3,100', '0.95', '0.90'],
    ['nucleus', '1,000', '25.0 %', '900', '0.80', '0.67'],
    ['mitosis', '0', '0.0 %', '0', '–', '–']
  ]);
  const layers = (): string[] => [...element.querySelectorAll('[role=radiogroup] label')].map(one => one.textContent);
  expect(layers()).toEqual(['Network', 'Truth', 'Differences', 'Image only']);
  await doing(() => {
    (element.querySelectorAll('[role=radiogroup] input')[2] as HTMLInputElement).click();
  });
  expect(element.textContent).toContain('missed by the network');
  expect(element.querySelector('canvas')?.hidden).toBe(false);
  await doing(() => {
    (element.querySelectorAll('[role=radiogroup] input')[3] as HTMLInputElement).click();
  });
  expect(element.querySelector('canvas')?.hidden).toBe(true);

  await drawn?.redraw(<div />);
  const own = await verdict({
    ...MASK,
    truth: null,
    accuracy: null,
    areas: MASK.areas.map(area => ({ ...area, true_pixels: null, dice: null, iou: null }))
  });
  expect(cells(own)[1]).toEqual(['nucleus', '1,000', '25.0 %']);
  expect(own.textContent).not.toContain('Truth');
  expect(own.textContent).toContain('Nobody knows the true mask');
});

it('lays a value beside the right one', async () => {
  const element = await verdict(VALUES);
  expect(element.textContent).toContain('The network says 0.25 for nucleus (share of the pixels).');
  expect(cells(element)).toEqual([['nucleus', '', '0.25', '0.22', '+0.03']]);
  const places = [...element.querySelectorAll('.plab-scale > span')].map(sign => (sign as HTMLElement).style.left);
  expect(places).toEqual(['88%', '100%']);
});

it('shows original, reconstruction and difference side by side', async () => {
  const element = await verdict(IMAGE);
  expect([...element.querySelectorAll('figcaption')].map(words => words.textContent)).toEqual([
    'Original: Image 4 of tissue',
    'Given back by the network',
    'Difference: white is 0.4, black none'
  ]);
  expect([...element.querySelectorAll('dd')].map(value => value.textContent)).toEqual(['0.0312', '0.0021']);
});

it('shows every output of a network under its name, and the picture once beside the words', async () => {
  const element = await verdict(CLASSES, LABELS, MASK, VALUES, IMAGE);
  expect([...element.querySelectorAll('article > h3')].map(head => head.textContent)).toEqual([
    'diagnosis one class per image',
    'kinds several labels',
    'nuclei one class per pixel',
    'shares measured values',
    'image the image itself'
  ]);
  expect(element.querySelectorAll('img')).toHaveLength(1 + 1 + 3);
});

it('sums an answer up, and judges it where it can be right or wrong', () => {
  expect([CLASSES, LABELS, MASK, VALUES, IMAGE].map(summary)).toEqual([
    { text: 'tumor', isRight: true },
    { text: 'stroma', isRight: false },
    { text: 'Dice 0.80', isRight: undefined },
    { text: '0.25', isRight: undefined },
    { text: 'off by 0.0312', isRight: undefined }
  ]);
  expect(summary({ ...CLASSES, truth: null }).isRight).toBeNull();
  expect(summary({ ...LABELS, labels: LABELS.labels.map(label => ({ ...label, present: false })) }).text).toBe('none');
  const unknown = MASK.areas.map(area => ({ ...area, dice: null }));
  expect(summary({ ...MASK, areas: unknown }).text).toBe('25.0 % nucleus');
});

it('knows where two masks differ, and leaves out what nobody annotated', () => {
  const mask = (...classes: number[]) => ({ width: 6, height: 1, classes: new Uint8ClampedArray(classes) });
  const found = differences(mask(0, 1, 1, 0, 1, 1), mask(0, 1, 0, 2, 2, 255));
  expect([...found.classes]).toEqual([0, 0, 1, 2, 3, 0]);
});

it('draws a small mask larger, in whole squares', () => {
  const large = enlarged({ width: 2, height: 1, classes: new Uint8ClampedArray([0, 3]) }, 5);
  expect(large).toMatchObject({ width: 6, height: 3 });
  expect([...large.classes.slice(6, 12)]).toEqual([0, 0, 0, 3, 3, 3]);
});

it('writes numbers as people read them', () => {
  expect([0, 0.25, 1 / 3, 1234.6, 0.00042, -12.345, 1e7].map(figure)).toEqual([
    '0',
    '0.25',
    '0.333',
    '1234.6',
    '4.2e-4',
    '-12.3',
    '1.0e+7'
  ]);
});

it('tells how good a model is by what its task is measured with', () => {
  const of = (task: string, test_metrics: Record<string, number>): string =>
    quality({ outputs: [{ task }], test_metrics } as unknown as ModelManifest);
  expect(of('classification', { test_loss: 0.1, test_accuracy: 0.93 })).toBe('93.0 % right on its test images');
  expect(of('segmentation', { test_loss: 0.1, test_dice: 0.81, test_accuracy: 0.93 })).toBe(
    'dice = 0.81 on its test images'
  );
  expect(of('reconstruction', { test_loss: 0.1 })).toBe('');
});
