/** What leaves the editor as a file or through the clipboard: pictures and code. */
import { type ArchitecturesApi, type CodeForm, errorText } from '../api';
import type { Actions } from './actions';
import type { GraphCanvas } from './canvas';
import { writeClipboard } from './clipboard';
import { askHost } from './host-events';
import { FONT, type Measure, type Picture, pictureOf } from './picture';
import { pdfOf, pixelsOf, svgOf } from './picture-files';
import type { EditorSession } from './session';

export interface ExportingParts {
  root: HTMLElement;
  session: EditorSession;
  canvas: GraphCanvas;
  architectures: Pick<ArchitecturesApi, 'emit'>;
  /** Says something near the canvas. */
  tell: (message: string) => void;
  announce: (text: string) => void;
}

type Exports =
  'export-png' | 'export-svg' | 'export-pdf' | 'copy-code' | 'open-script' | 'download-script' | 'download-notebook';

export function exporting(parts: ExportingParts): Pick<Actions, Exports> {
  const { root, session, canvas, architectures, tell, announce } = parts;
  const stem = (): string => session.whole.document.meta.name.replace(/[^\p{L}\p{N} ._-]+/gu, ' ').trim() || 'network';
  const picture = (): Picture => pictureOf(session.store.document, canvas.allCards, measure);
  const trying = (act: () => Promise<void>): void => {
    act().catch((reason: unknown) => {
      const { message, hint } = errorText(reason);
      tell(`${message} ${hint}`.trim());
    });
  };
  const save = (content: BlobPart | Blob, name: string, type: string): void => {
    download(content instanceof Blob ? content : new Blob([content], { type }), name);
    announce(`${name} was downloaded.`);
  };
  const code = async (form: CodeForm): Promise<string> => (await architectures.emit(session.whole.document, form)).code;
  return {
    'export-png': () => {
      trying(async () => {
        save(await pixelsOf(picture(), 'image/png'), `${stem()}.png`, 'image/png');
      });
    },
    'export-svg': () => {
      save(svgOf(picture()), `${stem()}.svg`, 'image/svg+xml');
    },
    'export-pdf': () => {
      trying(async () => {
        save(await pdfOf(picture()), `${stem()}.pdf`, 'application/pdf');
      });
    },
    'copy-code': () => {
      trying(async () => {
        await writeClipboard(await code('cell'));
        tell('The code of this network is in the clipboard.');
      });
    },
    'open-script': () => {
      trying(async () => {
        const text = await code('script');
        if (!askHost(root, 'patholearn:open-text', { name: `${stem()}.py`, text })) {
          save(text, 'train.py', 'text/x-python');
        }
      });
    },
    'download-script': () => {
      trying(async () => {
        save(await code('script'), 'train.py', 'text/x-python');
      });
    },
    'download-notebook': () => {
      trying(async () => {
        save(await code('notebook'), `${stem()}.ipynb`, 'application/x-ipynb+json');
      });
    }
  };
}

function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}

const context = document.createElement('canvas').getContext('2d');

const measure: Measure = (text, size, isBold) => {
  if (!context) {
    return text.length * size * 0.55;
  }
  context.font = `${isBold ? 'bold ' : ''}${size}px ${FONT}`;
  return context.measureText(text).width;
};
