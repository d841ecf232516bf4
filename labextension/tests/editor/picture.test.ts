import { describe, expect, it } from 'vitest';
import type { GraphDocument } from '../../src/generated';
import { cardsOf } from '../../src/editor/cards';
import { type Picture, pictureOf } from '../../src/editor/picture';
import { pdfOf, svgOf } from '../../src/editor/picture-files';
import { catalog, lenet } from '../graph/golden';

const measure = (text: string, size: number): number => 0.5 * size * text.length;
const drawn = (document: GraphDocument): Picture => pictureOf(document, cardsOf(document, catalog, undefined), measure);
const annotated = (): GraphDocument => ({
  ...lenet(),
  frames: { f: { label: 'Features <1>', color: 'green', nodes: ['conv_1', 'relu_1'] } },
  remarks: { r: { text: 'Why six? Because (1998) said so.', color: 'red', x: 500, y: 100, width: 120, height: 100 } }
});

describe('the picture of a drawing', () => {
  it('is an SVG with every card, connection, frame and note, and no markup of a person', () => {
    const parsed = new DOMParser().parseFromString(svgOf(drawn(annotated())), 'image/svg+xml');
    const texts = [...parsed.querySelectorAll('text')].map(element => element.textContent);
    expect(parsed.querySelector('parsererror')).toBeNull();
    expect(texts).toEqual(expect.arrayContaining(['Features <1>', 'conv_1', 'linear_3', 'Why six? Because']));
    expect(parsed.querySelectorAll('path')).toHaveLength(Object.keys(lenet().edges).length);
    const [left = 0, top = 0, width = 0, height = 0] = (parsed.documentElement.getAttribute('viewBox') ?? '')
      .split(' ')
      .map(Number);
    expect(left + width).toBeGreaterThan(560);
    expect(top + height).toBeGreaterThan(lenet().nodes.output?.y ?? Infinity);
  });

  it('is a PDF of letters, whose table of contents is where it says', async () => {
    const text = await textOf(await pdfOf(drawn(annotated())));
    expect(text).toMatch(/^%PDF-1\.4/);
    expect(text).toContain('(conv_1) Tj');
    expect(text).toContain('\\(1998\\)');
    const start = Number(/startxref\n(\d+)/.exec(text)?.[1]);
    expect(text.slice(start, start + 4)).toBe('xref');
    const places = [...text.slice(start).matchAll(/^(\d{10}) 00000 n/gm)].map(match => Number(match[1]));
    places.forEach((place, index) => {
      expect(text.slice(place)).toMatch(new RegExp(`^${index + 1} 0 obj`));
    });
    const [, size, content = ''] = /<< \/Length (\d+) >>\nstream\n([^]*?)\nendstream/.exec(text) ?? [];
    expect(content).toHaveLength(Number(size));
  });
});

async function textOf(blob: Blob): Promise<string> {
  const reader = new FileReader();
  const done = new Promise(resolve => {
    reader.onload = resolve;
  });
  reader.readAsBinaryString(blob);
  await done;
  return reader.result as string;
}
