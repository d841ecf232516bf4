import { widgetTransport } from '../api';

export default { render: () => widgetTransport };
