import type { DatasetsApi, EventsApi, ModelsApi, UploadsApi } from '../../api';

/** What the browser of data sets calls. */
export interface BrowserApi {
  datasets: DatasetsApi;
  uploads: UploadsApi;
  models: Pick<ModelsApi, 'list'>;
  events: EventsApi;
}

/** What a card of one set calls. */
export type CardApi = Omit<BrowserApi, 'uploads'>;
