/** The api over the server extension's REST interface and its events websocket. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { ApiError } from './error';
import { EventSocket } from './event-socket';
import type { PatholearnApi } from './interface';
import type { ApiErrorData, ApiEvent } from './types';

const ROOT = 'patholearn/api/v1';

type Query = Record<string, string | number | boolean | string[] | undefined>;

interface Page<T> {
  items: T[];
  next: string | null;
}

/** The api of the server that `settings` point at. */
export function serverTransport(settings: ServerConnection.ISettings): PatholearnApi {
  const socket = new EventSocket(() => {
    const url = URLExt.join(settings.wsUrl, ROOT, 'events');
    const token = settings.appendToken && settings.token ? `?token=${encodeURIComponent(settings.token)}` : '';
    return new settings.WebSocket(url + token);
  });

  async function send(method: string, path: string, query: Query = {}, body?: BodyInit): Promise<Response> {
    const url = URLExt.join(settings.baseUrl, ROOT, path) + queryString(query);
    let response: Response;
    try {
      // Said of files too: Jupyter would call them JSON.
      const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
      const headers = body === undefined ? undefined : { 'Content-Type': type };
      response = await ServerConnection.makeRequest(url, { method, body, headers }, settings);
    } catch (reason) {
      throw new ApiError({
        error: 'unavailable',
        message: `The Jupyter server cannot be reached (${reason instanceof Error ? reason.message : String(reason)}).`,
        hint: 'Check that it is running, then try again.'
      });
    }
    if (!response.ok) {
      throw new ApiError(await readError(response));
    }
    return response;
  }

  async function json<T>(method: string, path: string, query?: Query, body?: unknown): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return (await (await send(method, path, query, text)).json()) as T;
  }
  const get = <T>(path: string, query?: Query): Promise<T> => json('GET', path, query);
  const items = async <T>(path: string, query?: Query): Promise<T[]> => (await get<Page<T>>(path, query)).items;
  const blob = async (path: string, query?: Query): Promise<Blob> => (await send('GET', path, query)).blob();
  const remove = async (path: string): Promise<void> => {
    await send('DELETE', path);
  };

  return {
    datasets: {
      list: () => items('datasets'),
      builtins: () => items('datasets/builtins'),
      get: id => get(`datasets/${part(id)}`),
      ensure: id => json('POST', 'datasets', {}, { builtin: id }),
      createBuiltin: (builtin, id, parameters = {}) => json('POST', 'datasets', {}, { builtin, id, parameters }),
      edit: (id, edits) => json('POST', `datasets/${part(id)}/card`, {}, edits),
      versions: id => items(`datasets/${part(id)}/versions`),
      compare: (id, before, after) => get(`datasets/${part(id)}/comparison`, { before, after }),
      quality: id => get(`datasets/${part(id)}/quality`),
      change: (id, change) => json('POST', `datasets/${part(id)}/versions`, {}, change),
      review: (id, model, query = {}) => get(`datasets/${part(id)}/review`, { model, ...query }),
      measure: id => json('POST', `datasets/${part(id)}/measuring`),
      measuring: id => get(`datasets/${part(id)}/measuring`),
      stopMeasuring: id => json('POST', `datasets/${part(id)}/measuring/stop`),
      duplicates: (id, distance) => get(`datasets/${part(id)}/duplicates`, { distance }),
      leaks: id => get(`datasets/${part(id)}/leaks`),
      export: (id, format) => blob(`datasets/${part(id)}/export`, { format }),
      delete: id => remove(`datasets/${part(id)}`),
      samples: (id, { split, className, text, looks, after, limit } = {}) =>
        get(`datasets/${part(id)}/samples`, { split, class_name: className, text, looks, after, limit }),
      image: (id, index) => blob(`datasets/${part(id)}/samples/${index}/image`),
      mask: (id, index) => blob(`datasets/${part(id)}/samples/${index}/mask`)
    },
    uploads: {
      begin: (file_name, size, checksum) => json('POST', 'uploads', {}, { file_name, size, checksum }),
      part: async (id, number, data, checksum) => {
        const answer = await send('POST', `uploads/${part(id)}/parts/${number}`, { checksum }, data);
        return ((await answer.json()) as { missing: number }).missing;
      },
      list: () => items('uploads'),
      get: id => get(`uploads/${part(id)}`),
      check: (id, table) => json('POST', `uploads/${part(id)}/check`, {}, { table }),
      importAs: (id, dataset, choices) => json('POST', `uploads/${part(id)}/import`, {}, { dataset, choices }),
      stop: id => json('POST', `uploads/${part(id)}/stop`),
      forget: id => remove(`uploads/${part(id)}`)
    },
    architectures: {
      catalog: () => get('architectures/catalog'),
      templates: () => items('architectures/templates'),
      template: (name, dataset) => get(`architectures/templates/${part(name)}`, { dataset }),
      networks: (library, { text, pretrained, limit } = {}) =>
        items('architectures/networks', { library, text, pretrained, limit }),
      check: document => json('POST', 'architectures/check', {}, document),
      emit: (document, form) => json('POST', 'architectures/emit', { form }, document),
      generate: (dataset, wishes = {}) => get('architectures/generate', { dataset, ...wishes }),
      read: (code, document) => json('POST', 'architectures/read', {}, { code, document }),
      merge: (code, document, changed) => json('POST', 'architectures/merge', {}, { code, document, changed }),
      compare: (before, after) => json('POST', 'architectures/compare', {}, { before, after })
    },
    versions: {
      list: graph => items(`versions/${part(graph)}`),
      save: (document, name, note = '') =>
        json('POST', `versions/${part(document.meta.id)}`, {}, { document, name, note }),
      open: (graph, id) => get(`versions/${part(graph)}/${part(id)}/document`),
      edit: (graph, id, changes) => json('POST', `versions/${part(graph)}/${part(id)}`, {}, changes),
      delete: (graph, id) => remove(`versions/${part(graph)}/${part(id)}`),
      fork: (graph, id, name) => json('POST', `versions/${part(graph)}/${part(id)}/forks`, {}, { name })
    },
    jobs: {
      submit: (kind, payload, options = {}) => json('POST', 'jobs', {}, { kind, payload, ...options }),
      list: ({ kind, labels = {}, limit } = {}) =>
        items('jobs', { kind, limit, label: Object.entries(labels).map(([name, value]) => `${name}:${value}`) }),
      get: id => get(`jobs/${part(id)}`),
      cancel: (id, keep = null) => json('POST', `jobs/${part(id)}/cancel`, {}, { keep }),
      pause: id => json('POST', `jobs/${part(id)}/pause`),
      resume: id => json('POST', `jobs/${part(id)}/resume`),
      prioritize: (id, priority) => json('POST', `jobs/${part(id)}/priority`, {}, { priority }),
      copy: (id, changes = {}, checkpoint) => json('POST', `jobs/${part(id)}/copies`, {}, { changes, checkpoint }),
      diagnosis: id => get(`jobs/${part(id)}/diagnosis`),
      fork: (id, name) => json('POST', `jobs/${part(id)}/forks`, {}, { name }),
      experiment: id => blob(`jobs/${part(id)}/experiment`),
      delete: id => remove(`jobs/${part(id)}`),
      record: id => get(`jobs/${part(id)}/record`),
      compare: ids => get('jobs/comparison', { id: [...ids] }),
      curves: (id, points) => get(`jobs/${part(id)}/curves`, { points }),
      metrics: (id, after) => get(`jobs/${part(id)}/metrics`, { after }),
      log: (id, query = {}) => get(`jobs/${part(id)}/log`, { ...query })
    },
    cluster: {
      get: () => get('cluster'),
      scale: workers => json('POST', 'cluster/workers', {}, { workers }),
      stop: () => json('POST', 'cluster/stop')
    },
    models: {
      list: () => items('models'),
      get: (name, version) => get(`models/${part(name)}`, { version }),
      delete: (name, version) => remove(`models/${part(name)}/${version}`),
      predict: async (name, image, version, features) => {
        const to = `models/${part(name)}/predictions`;
        return image && !features
          ? ((await (await send('POST', to, { version }, image)).json()) as never)
          : json('POST', to, { version }, { image: image && (await base64Of(image)), features: features ?? {} });
      },
      predictSample: (name, { version, ...request } = {}) =>
        json('POST', `models/${part(name)}/predictions`, { version }, request)
    },
    events: {
      subscribe: (callback: (event: ApiEvent) => void, topics: string[]) => socket.subscribe(callback, topics)
    },
    dispose() {
      socket.close();
    }
  };
}

const part = encodeURIComponent;

async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (const byte of bytes) {
    text += String.fromCharCode(byte);
  }
  return btoa(text);
}

function queryString(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap(item => (item === undefined ? [] : [[name, String(item)]]))
  );
  return pairs.length > 0 ? `?${new URLSearchParams(pairs).toString()}` : '';
}

/** Reads the error that a response holds; a proxy in between may have written something else than ours. */
async function readError(response: Response): Promise<Partial<ApiErrorData>> {
  const text = await response.text();
  try {
    const data = JSON.parse(text) as Partial<ApiErrorData>;
    if (typeof data.message === 'string') {
      return data;
    }
  } catch (reason) {
    if (!(reason instanceof SyntaxError)) {
      throw reason;
    }
  }
  return {
    error: `http_${response.status}`,
    message: `The server answered ${response.status} ${response.statusText}.`,
    hint: response.status === 403 ? 'Reload the page and log in again.' : 'Try again; the server log says more.'
  };
}
