/** The colors of the canvas, read from the page's theme: a canvas knows no style sheet. */
import type { PortType } from '../generated';

export interface Theme {
  isDark: boolean;
  card: string;
  cardLine: string;
  canvas: string;
  text: string;
  faint: string;
  brand: string;
  error: string;
  warning: string;
  advice: string;
  onBadge: string;
  font: string;
  types: Record<PortType | 'any', string>;
}

export const LIGHT = {
  error: '#c62828',
  warning: '#a85b00',
  advice: '#1769aa',
  onBadge: '#ffffff',
  types: { image: '#1769aa', sequence: '#00796b', vector: '#b25e00', scores: '#7b3fa0', any: '#616161' }
};
const DARK = {
  error: '#ff7b70',
  warning: '#ffb454',
  advice: '#64b5f6',
  onBadge: '#111111',
  types: { image: '#64b5f6', sequence: '#4db6ac', vector: '#ffb454', scores: '#ce93d8', any: '#bdbdbd' }
};

/** Reads the theme at an element whose style defines the `--plab-` variables. */
export function readTheme(root: HTMLElement): Theme {
  const style = getComputedStyle(root);
  const color = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const isDark = luminance(style.backgroundColor) < 0.4;
  return {
    isDark,
    card: color('--plab-raised', isDark ? '#1e1e1e' : '#ffffff'),
    cardLine: color('--plab-line-strong', isDark ? '#616161' : '#bdbdbd'),
    canvas: style.backgroundColor,
    text: color('--plab-text', isDark ? '#ffffff' : '#000000'),
    faint: color('--plab-text-quiet', isDark ? '#bdbdbd' : '#595959'),
    brand: color('--plab-brand', '#1976d2'),
    font: style.fontFamily || 'system-ui, sans-serif',
    ...(isDark ? DARK : LIGHT)
  };
}

/** Calls back when the page's theme changes; returns what ends that. */
export function onThemeChange(callback: () => void): () => void {
  const observer = new MutationObserver(callback);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter: ['class', 'style', 'data-jp-theme-name'] });
  }
  return () => {
    observer.disconnect();
  };
}

/** 0 for black, 1 for white; 1 for what cannot be read, such as a transparent color. */
export function luminance(color: string): number {
  const parts = /rgba?\((\d+)[ ,]+(\d+)[ ,]+(\d+)/.exec(color);
  if (!parts) {
    return 1;
  }
  const [red = 0, green = 0, blue = 0] = parts.slice(1).map(Number);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}

/** Whether the person asked for pages that do not move. */
export function reducedMotion(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}
