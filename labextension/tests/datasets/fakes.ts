import { vi } from 'vitest';
import type { BuiltinCard, DatasetsApi, Manifest, ModelManifest, ModelsApi, Sample, UploadsApi } from '../../src/api';

/** Sixty images, sorted by class: thirty normal, then thirty tumor. */
export function manifest(changes: Partial<Manifest>): Manifest {
  return {
    id: 'tiles',
    name: 'Tiles',
    version: 1,
    task: 'classification',
    classes: ['normal', 'tumor'],
    channels: 3,
    height: 32,
    width: 32,
    splits: { train: { normal: 20, tumor: 20 }, valid: { normal: 5, tumor: 5 }, test: { normal: 5, tumor: 5 } },
    mean: [0.5, 0.5, 0.5],
    std: [0.2, 0.2, 0.2],
    arrays: ['labels'],
    grouped_by: '',
    features: [],
    description: 'Tiles of tissue.',
    source: '',
    licence: '',
    notes: [],
    changes: [],
    drawn: false,
    computed_labels: false,
    parameters: {},
    created_at: '2026-01-02T03:04:05Z',
    created_by: '',
    owner: 'ada',
    visibility: 'private',
    content_hash: '',
    ...changes
  };
}

export function card(id: string): BuiltinCard {
  return { id, name: id, description: `About ${id}.`, parameters: {}, stored: false };
}

const ALL: Sample[] = Array.from({ length: 60 }, (_, index) => ({
  index,
  name: `tile-${index}.png`,
  split: 'train',
  class_name: index < 30 ? 'normal' : 'tumor',
  features: [50 + index, index % 2]
}));

export function fakeDatasets(changes: Partial<DatasetsApi> = {}): DatasetsApi {
  const never = (): Promise<never> => Promise.reject(new Error('not part of this test'));
  return {
    list: vi.fn(() => Promise.resolve([manifest({})])),
    builtins: vi.fn(() => Promise.resolve([card('digits')])),
    get: never,
    ensure: never,
    createBuiltin: never,
    edit: never,
    versions: vi.fn(() => Promise.resolve([manifest({})])),
    compare: never,
    quality: never,
    change: never,
    review: never,
    measure: never,
    measuring: vi.fn(() =>
      Promise.resolve({ dataset: 'tiles', version: 1, state: 'open' as const, progress: null, error: null })
    ),
    stopMeasuring: never,
    duplicates: never,
    leaks: never,
    export: never,
    delete: never,
    samples: vi.fn((_id, { className, after = 0, limit = 24 } = {}) => {
      const found = ALL.filter(sample => !className || sample.class_name === className);
      const samples = found.slice(after, after + limit);
      const next = after + limit < found.length ? after + limit : null;
      return Promise.resolve({ samples, next, total: found.length });
    }),
    image: vi.fn(() => Promise.resolve(new Blob())),
    mask: never,
    ...changes
  };
}

export function fakeUploads(changes: Partial<UploadsApi> = {}): UploadsApi {
  const never = (): Promise<never> => Promise.reject(new Error('not part of this test'));
  return {
    begin: never,
    part: never,
    list: vi.fn(() => Promise.resolve([])),
    get: never,
    check: never,
    importAs: never,
    stop: never,
    forget: vi.fn(() => Promise.resolve()),
    ...changes
  };
}

/** A model that tells the classes of the set above. */
export function model(name: string, changes: Partial<ModelManifest> = {}): ModelManifest {
  return {
    name,
    version: 1,
    inputs: ['images'],
    outputs: [{ name: 'output', task: 'classification', classes: ['normal', 'tumor'], unit: '', thresholds: [] }],
    dataset: 'tiles',
    job: 'job-1',
    graph: null,
    owner: 'ada',
    visibility: 'private',
    created_at: '2026-01-02T03:04:05Z',
    parity: { max_abs_diff: 0, images: 1, outputs: {} },
    test_metrics: {},
    preprocessing: { channels: 3, height: 32, width: 32, mean: [], std: [] },
    standardization: null,
    environment: {},
    ...changes
  };
}

export function fakeModels(...models: ModelManifest[]): Pick<ModelsApi, 'list'> {
  return { list: () => Promise.resolve(models) };
}
