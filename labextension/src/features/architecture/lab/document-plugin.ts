import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage, WidgetTracker } from '@jupyterlab/apputils';
import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { PatholearnApi } from '../../../api';
import { errorText } from '../../../api';
import { writeDocument } from '../../../graph';
import { IPatholearnApi } from '../../../tokens';
import { ArchitectureFactory, type ArchitectureView } from './document-view';
import { architectureIcon } from './icon';

const FACTORY = 'Architecture';
const FILE_TYPE = 'architecture';
const EXTENSION = '.arch.json';
export const CREATE = 'patholearn:create-architecture';

/** Networks as documents: `*.arch.json` files open as drawings, without a kernel. */
export const documentPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:document',
  description: 'Opens *.arch.json files in the graph editor.',
  autoStart: true,
  requires: [IPatholearnApi],
  optional: [ILayoutRestorer, ICommandPalette, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    api: PatholearnApi,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null
  ) => {
    const { docRegistry, serviceManager, commands } = app;
    const { contents } = serviceManager;
    const tracker = new WidgetTracker<IDocumentWidget<ArchitectureView, DocumentRegistry.ICodeModel>>({
      namespace: 'patholearn-architecture'
    });
    docRegistry.addFileType({
      name: FILE_TYPE,
      displayName: 'Architecture',
      extensions: [EXTENSION],
      mimeTypes: ['application/json'],
      contentType: 'file',
      fileFormat: 'text',
      icon: architectureIcon
    });
    const factory = new ArchitectureFactory({
      name: FACTORY,
      modelName: 'text',
      fileTypes: [FILE_TYPE],
      defaultFor: [FILE_TYPE],
      api,
      contents
    });
    factory.widgetCreated.connect((_, widget) => {
      widget.title.icon = architectureIcon;
      widget.context.pathChanged.connect(() => {
        void tracker.save(widget);
      });
      void tracker.add(widget);
    });
    docRegistry.addWidgetFactory(factory);
    void restorer?.restore(tracker, {
      command: 'docmanager:open',
      args: widget => ({ path: widget.context.path, factory: FACTORY }),
      name: widget => widget.context.path
    });
    commands.addCommand(CREATE, {
      label: args => (args['isPalette'] ? 'New Architecture' : 'Architecture'),
      caption: 'Draw a new network',
      icon: args => (args['isPalette'] ? undefined : architectureIcon),
      describedBy: {
        args: { type: 'object', properties: { cwd: { type: 'string' }, isPalette: { type: 'boolean' } } }
      },
      execute: async args => {
        const path = typeof args['cwd'] === 'string' ? args['cwd'] : (browser?.model.path ?? '');
        try {
          const content = writeDocument(await api.architectures.template('empty'));
          const made = await contents.newUntitled({ path, type: 'file', ext: EXTENSION });
          await contents.save(made.path, { type: 'file', format: 'text', content });
          return await commands.execute('docmanager:open', { path: made.path, factory: FACTORY });
        } catch (reason) {
          const { message, hint } = errorText(reason);
          await showErrorMessage('The architecture cannot be made', `${message} ${hint}`);
          return undefined;
        }
      }
    });
    palette?.addItem({ command: CREATE, category: 'PathoLearn', args: { isPalette: true } });
  }
};
