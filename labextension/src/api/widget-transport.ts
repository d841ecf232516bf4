/** The api over a widget's messages: `{id, call, args}` to the kernel, `{id, result | error}` and `{event}` back. */
import type { PatholearnApi } from './interface';
import { ApiError } from './error';
import { Subscriptions } from './topics';
import type { ApiErrorData, ApiEvent } from './types';
import { exportInParts } from './export-in-parts';

/** What the transport needs of an anywidget model. */
export interface MessageModel {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[] | ArrayBufferView[]): void;
  on(name: 'msg:custom', callback: (content: unknown, buffers: DataView[]) => void): void;
  off(name: 'msg:custom', callback: (content: unknown, buffers: DataView[]) => void): void;
}

interface Answer {
  id?: string;
  result?: unknown;
  error?: ApiErrorData;
  event?: ApiEvent;
}

interface Pending {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** The api, and the calls that only one widget has (`training.start`). */
export interface WidgetApi extends PatholearnApi {
  call<T>(name: string, args?: Record<string, unknown>): Promise<T>;
}

/** Several views share one model, and each sees all answers: ids begin with the view's own random name. */
export function widgetTransport(model: MessageModel): WidgetApi {
  const view = Math.random().toString(36).slice(2, 10);
  const pending = new Map<string, Pending>();
  const subscriptions = new Subscriptions();
  let count = 0;

  const onMessage = (content: unknown, buffers: DataView[]): void => {
    const answer = content as Answer;
    if (answer.event) {
      subscriptions.publish(answer.event);
      return;
    }
    const waiting = answer.id === undefined ? undefined : pending.get(answer.id);
    if (!waiting || answer.id === undefined) {
      return;
    }
    pending.delete(answer.id);
    if (answer.error) {
      waiting.reject(new ApiError(answer.error));
    } else {
      waiting.resolve(withBytes(answer.result, buffers));
    }
  };
  model.on('msg:custom', onMessage);

  function call<T>(name: string, args: Record<string, unknown> = {}, bytes?: ArrayBuffer): Promise<T> {
    const id = `${view}-${count++}`;
    return new Promise<T>((resolve, reject) => {
      pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      // What is undefined is left out, so that the default of the Python method holds.
      model.send({ id, call: name, args: JSON.parse(JSON.stringify(args)) as unknown }, undefined, bytes && [bytes]);
    });
  }

  const png = async (name: string, args: Record<string, unknown>): Promise<Blob> =>
    new Blob([await call<ArrayBuffer>(name, args)], { type: 'image/png' });

  return {
    call,
    datasets: {
      list: () => call('datasets.list'),
      builtins: () => call('datasets.builtins'),
      get: id => call('datasets.get', { id }),
      ensure: id => call('datasets.ensure', { id }),
      createBuiltin: (builtin, id, parameters) => call('datasets.create_builtin', { builtin, id, ...parameters }),
      edit: (id, edits) => call('datasets.edit', { id, ...edits }),
      versions: id => call('datasets.versions', { id }),
      compare: (id, before, after) => call('datasets.compare', { id, before, after }),
      quality: id => call('datasets.quality', { id }),
      change: (id, change) => call('datasets.change', { id, change }),
      review: (id, model, query = {}) => call('datasets.review', { id, model, ...query }),
      measure: id => call('datasets.measure', { id }),
      measuring: id => call('datasets.measuring', { id }),
      stopMeasuring: id => call('datasets.stop_measuring', { id }),
      duplicates: (id, distance) => call('datasets.duplicates', { id, distance }),
      leaks: id => call('datasets.leaks', { id }),
      export: (id, format) => exportInParts(call, id, format),
      delete: id => call('datasets.delete', { id }),
      samples: (id, { split, className, text, looks, after, limit } = {}) =>
        call('datasets.samples', { id, split, class_name: className, text, looks, after, limit }),
      image: (id, index) => png('datasets.image', { id, index }),
      mask: (id, index) => png('datasets.mask', { id, index })
    },
    uploads: {
      begin: (file_name, size, checksum) => call('uploads.begin', { file_name, size, checksum }),
      part: (id, number, data, checksum) => call('uploads.part', { id, number, data: { buffer: 0 }, checksum }, data),
      list: () => call('uploads.list'),
      get: id => call('uploads.get', { id }),
      check: (id, table) => call('uploads.check', { id, table }),
      importAs: (id, dataset, choices) => call('uploads.import_as', { id, dataset, ...choices }),
      stop: id => call('uploads.stop', { id }),
      forget: id => call('uploads.forget', { id })
    },
    architectures: {
      catalog: () => call('architectures.catalog'),
      templates: () => call('architectures.templates'),
      template: (name, dataset) => call('architectures.template', { name, dataset }),
      networks: (library, { text, pretrained, limit } = {}) =>
        call('architectures.networks', { library, text, pretrained, limit }),
      check: document => call('architectures.check', { document }),
      emit: (document, form) => call('architectures.emit', { document, form }),
      generate: (dataset, wishes = {}) => call('architectures.generate', { dataset, ...wishes }),
      read: (code, document) => call('architectures.read', { code, document }),
      merge: (code, document, changed) => call('architectures.merge', { code, document, changed }),
      compare: (before, after) => call('architectures.compare', { before, after })
    },
    versions: {
      list: graph => call('versions.list', { graph }),
      save: (document, name, note) => call('versions.save', { document, name, note }),
      open: (graph, id) => call('versions.open', { graph, id }),
      edit: (graph, id, changes) => call('versions.edit', { graph, id, ...changes }),
      delete: (graph, id) => call('versions.delete', { graph, id }),
      fork: (graph, id, name) => call('versions.fork', { graph, id, name })
    },
    jobs: {
      submit: (kind, payload, options = {}) => call('jobs.submit', { kind, payload, ...options }),
      list: (query = {}) => call('jobs.list', { ...query }),
      get: id => call('jobs.get', { id }),
      cancel: (id, keep = null) => call('jobs.cancel', { id, keep }),
      pause: id => call('jobs.pause', { id }),
      resume: id => call('jobs.resume', { id }),
      prioritize: (id, priority) => call('jobs.prioritize', { id, priority }),
      copy: (id, changes = {}, checkpoint) => call('jobs.copy', { id, changes, checkpoint }),
      diagnosis: id => call('jobs.diagnosis', { id }),
      fork: (id, name) => call('jobs.fork', { id, name }),
      experiment: async id =>
        new Blob([await call<ArrayBuffer>('jobs.experiment', { id })], { type: 'application/zip' }),
      delete: id => call('jobs.delete', { id }),
      record: id => call('jobs.record', { id }),
      compare: ids => call('jobs.compare', { ids }),
      curves: (id, points) => call('jobs.curves', { id, points }),
      metrics: (id, after) => call('jobs.metrics', { id, after }),
      log: (id, query = {}) => call('jobs.log', { id, ...query })
    },
    cluster: {
      get: () => call('cluster.get'),
      scale: workers => call('cluster.scale', { workers }),
      stop: () => call('cluster.stop')
    },
    models: {
      list: () => call('models.list'),
      get: (name, version) => call('models.get', { name, version }),
      delete: (name, version) => call('models.delete', { name, version }),
      predict: async (name, image, version, features) =>
        image
          ? call('models.predict', { name, image: { buffer: 0 }, version, features }, await image.arrayBuffer())
          : call('models.predict', { name, image: null, version, features }),
      predictSample: (name, request = {}) => call('models.predict_sample', { name, ...request })
    },
    events: {
      subscribe(callback, topics) {
        // Wrapped, so that one function may be subscribed twice.
        const own = (event: ApiEvent): void => {
          callback(event);
        };
        subscriptions.add(own, topics);
        call('events.subscribe', { topics, view }).catch((reason: unknown) => {
          if (!(reason instanceof ApiError && reason.code === 'cancelled')) {
            console.error('PathoLearn Lab: no events', reason);
          }
        });
        return () => {
          const unwanted = subscriptions.remove(own);
          if (unwanted.length > 0) {
            model.send({ id: `${view}-${count++}`, call: 'events.unsubscribe', args: { topics: unwanted, view } });
          }
        };
      }
    },
    dispose() {
      const topics = subscriptions.topics;
      subscriptions.clear();
      if (topics.length > 0) {
        model.send({ id: `${view}-${count++}`, call: 'events.unsubscribe', args: { topics, view } });
      }
      model.off('msg:custom', onMessage);
      for (const waiting of pending.values()) {
        waiting.reject(new ApiError({ error: 'cancelled', message: 'The view was closed before the answer came.' }));
      }
      pending.clear();
    }
  };
}

/** Puts the bytes back where `{buffer: n}` stands for a whole result. */
function withBytes(result: unknown, buffers: DataView[]): unknown {
  const place = (result as { buffer?: unknown } | null)?.buffer;
  const bytes = typeof place === 'number' ? buffers[place] : undefined;
  // Copied, because the view may look at a part of a larger message.
  return bytes ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice().buffer : result;
}
