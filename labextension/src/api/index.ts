export { ApiError, errorText } from './error';
export type * from './interface';
export type * from './types';
export { widgetTransport, type MessageModel, type WidgetApi } from './widget-transport';
