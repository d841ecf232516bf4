/** Changing a shared text where it differs, and nowhere else: cursors stay, and the history stays small. */

interface SharedText {
  getSource(): string;
  updateSource(start: number, end: number, value?: string): void;
}

export function updateText(text: SharedText, wanted: string): void {
  const old = text.getSource();
  if (old === wanted) {
    return;
  }
  const shorter = Math.min(old.length, wanted.length);
  let start = 0;
  while (start < shorter && old[start] === wanted[start]) {
    start += 1;
  }
  let same = 0;
  while (same < shorter - start && old.at(-1 - same) === wanted.at(-1 - same)) {
    same += 1;
  }
  text.updateSource(start, old.length - same, wanted.slice(start, wanted.length - same));
}
