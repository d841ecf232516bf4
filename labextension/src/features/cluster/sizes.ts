/** A size in MB of 1,000,000 bytes, as people say it. */
export function gigabytes(megabytes: number): string {
  const gb = megabytes / 1000;
  return gb >= 100 ? `${Math.round(gb)} GB` : `${gb.toFixed(1)} GB`;
}
