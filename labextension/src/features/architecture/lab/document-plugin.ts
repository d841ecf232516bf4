import { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette, Notification, showErrorMessage, WidgetTracker } from '@jupyterlab/apputils';
import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { PatholearnApi } from '../../../api';
import { errorText } from '../../../api';
import type { OpenDrawingDetail, OpenTextDetail } from '../../../editor/host-events';
import type { GraphDocument } from '../../../generated';
import { IPatholearnApi } from '../../../tokens';
import { ArchitectureFactory, type ArchitectureView } from './document-view';
import { architectureIcon } from './icon';
import { EXTENSION, isThere, keepAsFile, keepText } from './new-file';
import { ARCHITECTURE_MIME, ArchitectureOutput } from './output';
import { ArchitectureModelFactory, MODEL, YArchitecture } from './shared-model';

const FACTORY = 'Architecture';
/** Before the plain picture, which is in the same output. */
const RANK = 40;
const FILE_TYPE = 'architecture';
export const LOOK_ONLY = 'patholearn:toggle-read-only';
export const CREATE = 'patholearn:create-architecture';

/** Networks as documents: `*.arch.json` files open as drawings, without a kernel. */
export const documentPlugin: JupyterFrontEndPlugin<void> = {
  id: '@patholearn/lab:document',
  description: 'Opens *.arch.json files in the graph editor.',
  autoStart: true,
  requires: [IPatholearnApi],
  optional: [
    ILayoutRestorer,
    ICommandPalette,
    IDefaultFileBrowser,
    IRenderMimeRegistry,
    ILauncher,
    ICollaborativeContentProvider
  ],
  activate: (
    app: JupyterFrontEnd,
    api: PatholearnApi,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    rendermime: IRenderMimeRegistry | null,
    launcher: ILauncher | null,
    shared: ICollaborativeContentProvider | null
  ) => {
    const { docRegistry, serviceManager, commands } = app;
    const { contents, user } = serviceManager;
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
    docRegistry.addModelFactory(new ArchitectureModelFactory());
    shared?.sharedModelFactory.registerDocumentFactory(MODEL, () => new YArchitecture());
    const factory = new ArchitectureFactory({
      name: FACTORY,
      modelName: MODEL,
      // What jupyter-collaboration calls itself; without it, the file is read and saved as every other.
      ...(shared && { contentProviderId: 'rtc' }),
      fileTypes: [FILE_TYPE],
      defaultFor: [FILE_TYPE],
      api,
      contents,
      user
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
          const made = await keepAsFile(contents, path, await api.architectures.template('empty'));
          return await commands.execute('docmanager:open', { path: made, factory: FACTORY });
        } catch (reason) {
          const { message, hint } = errorText(reason);
          await showErrorMessage('The architecture cannot be made', `${message} ${hint}`);
          return undefined;
        }
      }
    });
    commands.addCommand(LOOK_ONLY, {
      label: 'Drawing: Look only',
      caption: 'Show the drawing without changing it; what others do is still seen',
      isEnabled: () => tracker.currentWidget !== null,
      isToggled: () => tracker.currentWidget?.content.isReadOnly ?? false,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        const view = tracker.currentWidget?.content;
        view?.setReadOnly(!view.isReadOnly);
        commands.notifyCommandChanged(LOOK_ONLY);
      }
    });
    palette?.addItem({ command: LOOK_ONLY, category: 'PathoLearn: drawing' });
    palette?.addItem({ command: CREATE, category: 'PathoLearn', args: { isPalette: true } });
    launcher?.add({ command: CREATE, category: 'PathoLearn', rank: 1 });
    document.addEventListener('patholearn:open-text', event => {
      event.preventDefault();
      const { name, text } = (event as CustomEvent<OpenTextDetail>).detail;
      keepText(contents, browser?.model.path ?? '', name, text)
        .then(path => commands.execute('docmanager:open', { path, options: { mode: 'split-right' } }))
        .catch((reason: unknown) => showErrorMessage('The script cannot be opened', errorText(reason).message));
    });
    const actions = {
      open: async (drawing: GraphDocument, file?: string): Promise<void> => {
        try {
          const isKept = file !== undefined && (await isThere(contents, file));
          const path = isKept ? file : await keepAsFile(contents, browser?.model.path ?? '', drawing);
          await commands.execute('docmanager:open', { path, factory: FACTORY, options: { mode: 'split-right' } });
        } catch (reason) {
          await showErrorMessage('The architecture cannot be opened', errorText(reason).message);
        }
      },
      copy: async (text: string): Promise<void> => {
        Clipboard.copyToSystem(text);
        Notification.success('The architecture is in the clipboard. Paste it into a drawing.', { autoClose: 4000 });
        await Promise.resolve();
      }
    };
    document.addEventListener('patholearn:open-drawing', event => {
      event.preventDefault();
      void actions.open((event as CustomEvent<OpenDrawingDetail>).detail.document);
    });
    // Safe: it shows a picture as an image, so that a notebook from elsewhere shows it too.
    rendermime?.addFactory(
      {
        safe: true,
        mimeTypes: [ARCHITECTURE_MIME],
        createRenderer: ({ resolver }) => new ArchitectureOutput(actions, resolver)
      },
      RANK
    );
  }
};
