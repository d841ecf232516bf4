/** A picture as the files that people put into reports. */
import { FONT, type Picture, type Point, type Shape } from './picture';

/** Pixels of a PNG for each px of the drawing, and the most of a side: browsers give up beyond. */
const SHARPNESS = 2;
const LONGEST_PX = 16_000;

export function svgOf({ left, top, width, height, title, shapes }: Picture): string {
  const size = `width="${num(width)}" height="${num(height)}" viewBox="${num(left)} ${num(top)} ${num(width)} ${num(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" font-family="${FONT}">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="${num(left)}" y="${num(top)}" width="${num(width)}" height="${num(height)}" fill="#ffffff"/>`,
    ...shapes.map(svgShape),
    '</svg>',
    ''
  ].join('\n');
}

function svgShape(shape: Shape): string {
  switch (shape.is) {
    case 'box':
      return `<rect x="${num(shape.x)}" y="${num(shape.y)}" width="${num(shape.width)}" height="${num(shape.height)}" rx="${shape.radius}" fill="${shape.fill}" stroke="${shape.line}"/>`;
    case 'curve':
      return `<path d="${path(shape.points)}" fill="none" stroke="${shape.line}" stroke-width="2"/>`;
    case 'area':
      return `<polygon points="${shape.points.map(point => point.map(num).join(',')).join(' ')}" fill="${shape.fill}"/>`;
    case 'text': {
      const weight = shape.isBold ? ' font-weight="bold"' : '';
      return `<text x="${num(shape.x)}" y="${num(shape.y)}" font-size="${shape.size}"${weight} fill="${shape.color}" xml:space="preserve">${escaped(shape.text)}</text>`;
    }
  }
}

function path([start, ...rest]: readonly Point[]): string {
  return `M${(start ?? [0, 0]).map(num).join(' ')}C${rest.map(point => point.map(num).join(' ')).join(' ')}`;
}

/** The picture as pixels, `type` as browsers name it (`image/png`). */
export function pixelsOf(picture: Picture, type: string): Promise<Blob> {
  return pixelsOfSvg(svgOf(picture), picture.width, picture.height, type);
}

/** An SVG of `width` × `height` px as pixels. */
export async function pixelsOfSvg(svg: string, width: number, height: number, type: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = Math.min(SHARPNESS, LONGEST_PX / Math.max(width, height));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>(resolve => {
    canvas.toBlob(resolve, type, 0.95);
  });
  if (!blob) {
    throw new Error(`This browser makes no ${type} of ${canvas.width} × ${canvas.height} pixels.`);
  }
  return blob;
}

/**
 * The picture as a PDF of one page, made of lines and letters, so that it stays sharp in a thesis. Its letters are those
 * of the fonts that every PDF reader has; where the drawing uses others, such as Greek ones, the page is an image.
 */
export async function pdfOf(picture: Picture): Promise<Blob> {
  const isWritable = picture.shapes.every(shape => shape.is !== 'text' || winAnsi(shape.text) !== undefined);
  const { width, height } = picture;
  if (isWritable) {
    return pdfFile(width, height, '/Font << /F1 5 0 R /F2 6 0 R >>', bytes(pdfContent(picture)), [
      [bytes('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>')],
      [bytes('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>')]
    ]);
  }
  const jpeg = new Uint8Array(await (await pixelsOf(picture, 'image/jpeg')).arrayBuffer());
  const [pixelsX, pixelsY] = jpegSize(jpeg);
  const head = `<< /Type /XObject /Subtype /Image /Width ${pixelsX} /Height ${pixelsY} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${jpeg.length} >>\nstream\n`;
  return pdfFile(width, height, '/XObject << /I 5 0 R >>', bytes(`${num(width)} 0 0 ${num(height)} 0 0 cm /I Do`), [
    [bytes(head), jpeg, bytes('\nendstream')]
  ]);
}

function pdfContent({ left, top, width, height, shapes }: Picture): string {
  // The origin of a page is below at the left, and y grows upwards.
  const at = ([x, y]: Point): string => `${num(x - left)} ${num(top + height - y)}`;
  const color = (hex: string): string =>
    [1, 3, 5].map(place => num(Number.parseInt(hex.slice(place, place + 2), 16) / 255)).join(' ');
  const drawn = shapes.map(shape => {
    switch (shape.is) {
      case 'box':
        return `${color(shape.fill)} rg ${color(shape.line)} RG 1 w ${rounded(shape, at)} b`;
      case 'curve': {
        const [start = [0, 0] as Point, ...rest] = shape.points;
        return `${color(shape.line)} RG 2 w ${at(start)} m ${rest.map(at).join(' ')} c S`;
      }
      case 'area': {
        const [start = [0, 0] as Point, ...rest] = shape.points;
        return `${color(shape.fill)} rg ${at(start)} m ${rest.map(point => `${at(point)} l`).join(' ')} h f`;
      }
      case 'text': {
        const text = (winAnsi(shape.text) ?? '').replace(/[\\()]/g, '\\$&');
        return `BT ${color(shape.color)} rg /${shape.isBold ? 'F2' : 'F1'} ${shape.size} Tf ${at([shape.x, shape.y])} Td (${text}) Tj ET`;
      }
    }
  });
  return [`1 1 1 rg 0 0 ${num(width)} ${num(height)} re f`, ...drawn].join('\n');
}

function rounded({ x, y, width, height, radius }: Shape & { is: 'box' }, at: (point: Point) => string): string {
  const [right, bottom, bend] = [x + width, y + height, radius * 0.45];
  return [
    `${at([x + radius, y])} m ${at([right - radius, y])} l`,
    `${at([right - bend, y])} ${at([right, y + bend])} ${at([right, y + radius])} c ${at([right, bottom - radius])} l`,
    `${at([right, bottom - bend])} ${at([right - bend, bottom])} ${at([right - radius, bottom])} c ${at([x + radius, bottom])} l`,
    `${at([x + bend, bottom])} ${at([x, bottom - bend])} ${at([x, bottom - radius])} c ${at([x, y + radius])} l`,
    `${at([x, y + bend])} ${at([x + bend, y])} ${at([x + radius, y])} c h`
  ].join(' ');
}

/** Objects 1 to 4 are catalog, pages, page and content; `more` are those from 5 on. */
function pdfFile(width: number, height: number, resources: string, content: Bytes, more: readonly Bytes[][]): Blob {
  const objects: Bytes[][] = [
    [bytes('<< /Type /Catalog /Pages 2 0 R >>')],
    [bytes('<< /Type /Pages /Kids [3 0 R] /Count 1 >>')],
    [
      bytes(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${num(width)} ${num(height)}] /Resources << ${resources} >> /Contents 4 0 R >>`
      )
    ],
    [bytes(`<< /Length ${content.length} >>\nstream\n`), content, bytes('\nendstream')],
    ...more
  ];
  const parts: Bytes[] = [bytes('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n')];
  const length = (): number => parts.reduce((sum, part) => sum + part.length, 0);
  const places = objects.map((object, index) => {
    const place = length();
    parts.push(bytes(`${index + 1} 0 obj\n`), ...object, bytes('\nendobj\n'));
    return place;
  });
  const start = length();
  const rows = places.map(place => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  parts.push(
    bytes(
      `xref\n0 ${count}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
    )
  );
  return new Blob(parts, { type: 'application/pdf' });
}

type Bytes = Uint8Array<ArrayBuffer>;

/** One byte a letter. */
function bytes(text: string): Bytes {
  return Uint8Array.from(text, letter => letter.charCodeAt(0));
}

/** Letters beyond Latin-1 that the encoding of the fonts has, by their code there. */
const BEYOND: Record<string, number> = {
  '€': 0x80,
  '…': 0x85,
  '‘': 0x91,
  '’': 0x92,
  '“': 0x93,
  '”': 0x94,
  '•': 0x95,
  '–': 0x96,
  '—': 0x97,
  '−': 0x2d
};

/** A text in the encoding of the fonts; undefined where it has letters that they lack. */
function winAnsi(text: string): string | undefined {
  const letters = Array.from(text, letter => {
    const code = BEYOND[letter] ?? letter.charCodeAt(0);
    return letter in BEYOND ||
      (letter.length === 1 && ((code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff)))
      ? String.fromCharCode(code)
      : undefined;
  });
  return letters.includes(undefined) ? undefined : letters.join('');
}

/** Width and height stand in the segment "start of frame". */
function jpegSize(jpeg: Uint8Array): [width: number, height: number] {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset);
  for (let at = 2; at + 9 < jpeg.length; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xc2) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    }
  }
  throw new Error('The browser made no JPEG.');
}

function num(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, letter => `&#${letter.charCodeAt(0)};`);
}
