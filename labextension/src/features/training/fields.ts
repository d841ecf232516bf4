/** The fields of the training form: what they mean, and what may stand in them. */

export type FieldName =
  | 'epochs'
  | 'batch_size'
  | 'learning_rate'
  | 'seed'
  | 'patience'
  | 'clip_gradients'
  | 'accumulate'
  | 'average_weights'
  | 'precision'
  | 'find_learning_rate'
  | 'class_weights'
  | ResourceName;

/** What a training needs of the cluster. */
export type ResourceName = 'workers' | 'gpus' | 'share_gpu' | 'threads' | 'memory_mb';

export interface Field {
  name: FieldName;
  label: string;
  help: string;
  minimum: number;
  maximum: number;
  isWhole: boolean;
  /** The cell's constant that stands behind it. */
  constant: string;
  /** What an empty field means. */
  empty: string;
  /** What can be chosen, where that is more than a number: value and words. */
  choices?: readonly (readonly [value: string, words: string])[];
  /** Whether a choice is a word to the training, where it is a number otherwise. */
  isWord?: boolean;
  /** Whether it stands under "More". */
  isMore?: boolean;
  /** Whether it says what the training needs of the cluster, not how it learns. */
  isResource?: boolean;
}

export const FIELDS: readonly Field[] = [
  {
    name: 'epochs',
    label: 'Epochs',
    help: 'How often the network sees every training image.',
    minimum: 1,
    maximum: 1000,
    isWhole: true,
    constant: 'EPOCHS',
    empty: 'from the cell'
  },
  {
    name: 'batch_size',
    label: 'Batch size',
    help: 'How many images the network sees before it changes a little.',
    minimum: 1,
    maximum: 4096,
    isWhole: true,
    constant: 'BATCH_SIZE',
    empty: 'from the cell'
  },
  {
    name: 'learning_rate',
    label: 'Learning rate',
    help: 'How large each change is. Too large and the loss jumps; too small and it hardly falls.',
    minimum: 0,
    maximum: 100,
    isWhole: false,
    constant: 'LEARNING_RATE',
    empty: 'from the cell'
  },
  {
    name: 'seed',
    label: 'Seed',
    help: 'The same seed with the same cell and data gives the same result.',
    minimum: 0,
    maximum: 4294967295,
    isWhole: true,
    constant: 'SEED',
    empty: '0'
  },
  {
    name: 'patience',
    label: 'Stop early after',
    help: 'Stops when the validation loss has not become smaller for so many epochs.',
    minimum: 1,
    maximum: 1000,
    isWhole: true,
    constant: 'PATIENCE',
    empty: 'never',
    isMore: true
  },
  {
    name: 'clip_gradients',
    label: 'Clip gradients at',
    help: 'The largest norm that the gradients of a step may have; 1 keeps a training calm whose loss jumps.',
    minimum: 0,
    maximum: 1e6,
    isWhole: false,
    constant: 'CLIP_GRADIENTS',
    empty: 'no limit',
    isMore: true
  },
  {
    name: 'accumulate',
    label: 'Batches a step',
    help: 'Sums up the gradients of so many batches before a step: as a larger batch, with the memory of a small one.',
    minimum: 1,
    maximum: 1000,
    isWhole: true,
    constant: 'ACCUMULATE',
    empty: '1',
    isMore: true
  },
  {
    name: 'average_weights',
    label: 'Average weights',
    help: 'Keeps a running mean of the weights and judges that; 0.99 is usual. It is calmer than the weights themselves.',
    minimum: 0,
    maximum: 0.999999,
    isWhole: false,
    constant: 'AVERAGE_WEIGHTS',
    empty: 'no',
    isMore: true
  },
  {
    name: 'precision',
    label: 'Bits',
    help: '16 instead of 32 bits for most numbers (mixed precision): less memory, and faster on a GPU.',
    minimum: 16,
    maximum: 32,
    isWhole: true,
    constant: 'PRECISION',
    empty: '32',
    choices: [['16', '16, mixed']],
    isMore: true
  },
  {
    name: 'find_learning_rate',
    label: 'Find the rate',
    help: 'Tries growing learning rates on the first batches, and takes the one where the loss falls fastest.',
    minimum: 0,
    maximum: 1,
    isWhole: true,
    constant: 'FIND_LEARNING_RATE',
    empty: 'no',
    choices: [['1', 'yes']],
    isMore: true
  },
  {
    name: 'class_weights',
    label: 'Class weights',
    help: 'Balanced: a mistake about a rare class counts more in the loss, so that all classes of the training images count the same.',
    minimum: 0,
    maximum: 1,
    isWhole: true,
    constant: 'CLASS_WEIGHTS',
    empty: 'from the cell',
    choices: [['balanced', 'balanced']],
    isWord: true,
    isMore: true
  },
  resource('workers', 'Workers', 'How many workers train together, each on its share of the images.', 1, 64, '1'),
  resource('gpus', 'GPUs', 'How many GPUs it has to itself; 0 trains on the processor.', 0, 64, 'one if there is'),
  {
    ...resource('share_gpu', 'Share a GPU', 'Whether other small jobs may use its GPU at the same time.', 0, 1, 'no'),
    choices: [['1', 'yes']]
  },
  resource('threads', 'Threads', 'How many processor threads it calculates with.', 1, 1024, 'its share'),
  resource('memory_mb', 'Memory, MB', 'It starts on a machine only that has so much free memory.', 1, 1e9, 'any')
];

function resource(
  name: ResourceName,
  label: string,
  help: string,
  minimum: number,
  maximum: number,
  empty: string
): Field {
  return {
    name,
    label,
    help,
    minimum,
    maximum,
    isWhole: true,
    constant: name.toUpperCase(),
    empty,
    isMore: true,
    isResource: true
  };
}

export type Settings = Partial<Record<Exclude<FieldName, ResourceName | 'class_weights'>, number>> & {
  class_weights?: string;
  resources?: Partial<Record<ResourceName, number>>;
  /** The name of what is done to training images at random. */
  augmentation?: string;
};

/** Why a text cannot stand in a field, or an empty string where it can. An empty text is the cell's own value. */
export function refusal(field: Field, text: string): string {
  const trimmed = text.trim();
  if (!trimmed || field.isWord) {
    return '';
  }
  const value = Number(trimmed);
  const tooSmall = field.isWhole ? value < field.minimum : value <= field.minimum;
  if (!Number.isFinite(value) || (field.isWhole && !Number.isInteger(value)) || tooSmall || value > field.maximum) {
    return field.isWhole
      ? `${field.label} is '${trimmed}'; it has to be a whole number from ${field.minimum} to ${field.maximum}.`
      : `${field.label} is '${trimmed}'; it has to be a number above ${field.minimum}, such as 0.001.`;
  }
  return '';
}

/** The settings that the person typed; what equals the cell's own value is left to the cell. */
export function typedSettings(texts: Record<string, string>, cell: Record<string, unknown>): Settings {
  const settings: Record<string, number | string> = {};
  const resources: Record<string, number> = {};
  for (const field of FIELDS) {
    const text = (texts[field.name] ?? '').trim();
    if (!text || refusal(field, text)) {
      continue;
    }
    if (field.isResource) {
      resources[field.name] = Number(text);
    } else if (field.isWord) {
      settings[field.name] = text;
    } else if (Number(text) !== cell[field.constant]) {
      settings[field.name] = Number(text);
    }
  }
  return Object.keys(resources).length > 0 ? { ...settings, resources } : settings;
}

/** What a run was trained with, as texts of the fields; what is none of their values is left out. */
export function recordedTexts(settings: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    FIELDS.flatMap(({ name, choices }) => {
      const value = settings[name];
      const text = value === true ? '1' : typeof value === 'number' || typeof value === 'string' ? String(value) : '';
      return text && (!choices || choices.some(([choice]) => choice === text)) ? [[name, text]] : [];
    })
  );
}

/** The call that starts the same training from a cell of the notebook. */
export function asCode(className: string | null, dataset: string | null, settings: Settings): string {
  const parts = [
    className ?? 'model',
    ...(dataset ? [`dataset="${dataset}"`] : []),
    ...FIELDS.flatMap(({ name }) => {
      const value = (settings as Record<string, unknown>)[name];
      return value === undefined ? [] : [`${name}=${JSON.stringify(value)}`];
    }),
    ...(settings.resources ? [`resources={${pairs(settings.resources)}}`] : []),
    ...(settings.augmentation ? [`data={"augmentation": "${settings.augmentation}"}`] : [])
  ];
  return `run = lab.train(${parts.join(', ')})`;
}

function pairs(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `"${name}": ${value}`)
    .join(', ');
}

/** Settings as words: "learning rate 0.001, epochs 5". */
export function inWords(settings: Record<string, unknown>): string {
  return Object.entries(settings)
    .map(
      ([name, value]) =>
        `${name.replaceAll('_', ' ')} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
    )
    .join(', ');
}
