/** An architecture in a cell's output: its picture, and a button that opens it as a document. It runs nothing. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import { h, icon } from '../../../editor/dom';
import { plural } from '../../../editor/format';
import type { GraphDocument } from '../../../generated';
import { FileProblem, readDocument, writeDocument } from '../../../graph';

export const ARCHITECTURE_MIME = 'application/vnd.patholearn.architecture+json';
const SVG_MIME = 'image/svg+xml';

export interface OutputActions {
  /** Opens the file that a drawing is kept in; puts it into one of its own where there is none. */
  open: (document: GraphDocument, file?: string) => Promise<void>;
  copy: (text: string) => Promise<void>;
}

export class ArchitectureOutput extends Widget implements IRenderMime.IRenderer {
  /** `resolver` knows where the notebook lies. */
  constructor(
    private readonly actions: OutputActions,
    private readonly resolver?: IRenderMime.IResolver | null
  ) {
    super();
    this.addClass('plab-root');
    this.addClass('plab-architecture-output');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const svg = model.data[SVG_MIME];
    try {
      const data = model.data[ARCHITECTURE_MIME];
      const document = documentOf(data);
      this.node.replaceChildren(
        this.head(document, fileOf(data)),
        picture(document, typeof svg === 'string' ? svg : '')
      );
    } catch (reason) {
      if (!(reason instanceof FileProblem)) {
        throw reason;
      }
      this.node.replaceChildren(h('p', {}, `This architecture cannot be shown: ${reason.message} ${reason.hint}`));
    }
    return Promise.resolve();
  }

  private head(document: GraphDocument, file: string | undefined): HTMLElement {
    const { meta, nodes, edges } = document;
    const size = `${plural(Object.keys(nodes).length, 'node')}, ${plural(Object.keys(edges).length, 'connection')}`;
    const button = (sign: Parameters<typeof icon>[0], label: string, act: () => Promise<void>): HTMLButtonElement => {
      const element = h('button', { type: 'button', class: 'plab-button' }, icon(sign), label);
      element.addEventListener('click', () => {
        element.disabled = true;
        void act().finally(() => {
          element.disabled = false;
        });
      });
      return element;
    };
    return h(
      'header',
      {},
      h('h3', {}, meta.name || 'Network'),
      h('span', { class: 'plab-faint' }, [size, file && `kept in ${file}`].filter(Boolean).join(' · ')),
      button('copy', 'Copy as JSON', () => this.actions.copy(writeDocument(document))),
      button('open', file === undefined ? 'Open as a document' : 'Open the document', async () => {
        await this.actions.open(document, file === undefined ? file : await this.resolved(file));
      })
    );
  }

  /** From the notebook's folder to that of the server. */
  private async resolved(file: string): Promise<string> {
    return this.resolver ? decodeURI(await this.resolver.resolveUrl(encodeURI(file))) : file;
  }
}

/** As an image: a picture in an image runs no script, whoever wrote the notebook. */
function picture(document: GraphDocument, svg: string): HTMLElement {
  const names = Object.keys(document.nodes);
  return svg
    ? h(
        'figure',
        { tabindex: 0 },
        h('img', { src: `data:${SVG_MIME},${encodeURIComponent(svg)}`, alt: `The network: ${names.join(', ')}` })
      )
    : h('p', {}, names.join(', '));
}

/** The file from the notebook's folder on: a notebook may come from anywhere, so that only a drawing below it counts. */
function fileOf(data: unknown): string | undefined {
  const path = (data as { path?: unknown } | null)?.path;
  const isOurs = typeof path === 'string' && path.endsWith('.arch.json') && !/^\/|:|(^|\/)\.\.(\/|$)/.test(path);
  return isOurs ? path : undefined;
}

function documentOf(data: unknown): GraphDocument {
  return readDocument(JSON.stringify((data as { document?: unknown } | null)?.document ?? null));
}
