/** Drawn on a 16 px grid in the color of the text. */
const PATHS = {
  warning: 'M8 1.8 15 14H1L8 1.8Zm0 4.4v3.6m0 1.7v.6',
  check: 'm2.8 8.6 3.4 3.4 7-7.6',
  cross: 'm3.6 3.6 8.8 8.8m0-8.8-8.8 8.8',
  clock: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8Zm0 2.8V8l2.4 1.6',
  play: 'M4.6 2.8v10.4L13 8 4.6 2.8Z',
  pause: 'M5 3v10m6-10v10',
  stop: 'M3.6 3.6h8.8v8.8H3.6Z',
  gear: 'M8 5.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8ZM8 1.6v2m0 8.8v2M1.6 8h2m8.8 0h2M3.5 3.5l1.4 1.4m6.2 6.2 1.4 1.4m0-9-1.4 1.4m-6.2 6.2-1.4 1.4',
  question: 'M5.6 5.8a2.4 2.4 0 1 1 3.5 2.1c-.8.4-1.1.9-1.1 1.7m0 2.1v.5',
  copy: 'M5.4 5.4V2.2h8.4v8.4h-3.2M2.2 5.4h8.4v8.4H2.2Z',
  code: 'M5.2 4.4 1.8 8l3.4 3.6m5.6-7.2L14.2 8l-3.4 3.6',
  upload: 'M8 10.4V2.2M4.8 5.2 8 2l3.2 3.2M2.2 10.6v3.2h11.6v-3.2',
  download: 'M8 2v8.2M4.8 7.2 8 10.4l3.2-3.2M2.2 10.6v3.2h11.6v-3.2',
  folder: 'M1.8 3.4h4.6l1.4 1.8h6.4v8H1.8Z',
  pencil: 'M2.4 13.6 3 10.8l8-8 2.2 2.2-8 8-2.8.6Z',
  plus: 'M8 2.8v10.4M2.8 8h10.4',
  minus: 'M2.8 8h10.4',
  trash: 'M2.6 4.2h10.8M6 4V2.2h4V4m-6 .4.6 9.4h6.8l.6-9.4',
  dice: 'M2.4 2.4h11.2v11.2H2.4ZM5.4 5.4v.2m5-.2v.2M8 7.9v.2m-2.6 2.3v.2m5-.2v.2',
  left: 'm10 3-5 5 5 5',
  right: 'm6 3 5 5-5 5',
  lock: 'M3.4 7.4h9.2v6.4H3.4Zm2-.2V5a2.6 2.6 0 0 1 5.2 0v2.2',
  image: 'M1.8 2.8h12.4v10.4H1.8Zm0 8 3.6-4 2.8 3 2-2 4 4M10.8 5.6v.2'
} as const;

export type IconName = keyof typeof PATHS;

/** A sign beside a word; it says nothing to a screen reader that the word does not say. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg className="plab-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
