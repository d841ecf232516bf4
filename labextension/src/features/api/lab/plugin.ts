import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { PatholearnApi } from '../../../api';
import { serverTransport } from '../../../api/server-transport';
import { IPatholearnApi } from '../../../tokens';

/** Offers the server's REST interface to other plugins. */
export const apiPlugin: JupyterFrontEndPlugin<PatholearnApi> = {
  id: '@patholearn/lab:api',
  description: 'The client of the PathoLearn Lab server.',
  autoStart: true,
  provides: IPatholearnApi,
  activate: (app: JupyterFrontEnd) => serverTransport(app.serviceManager.serverSettings)
};
