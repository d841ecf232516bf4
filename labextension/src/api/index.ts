export { ApiError, errorText } from './error';
export { followTrait, type Traits } from './follow-trait';
export type * from './interface';
export type * from './dataset-types';
export type * from './cluster-types';
export type * from './job-states';
export type * from './types';
export type * from './version-types';
export { widgetTransport, type MessageModel, type WidgetApi } from './widget-transport';
