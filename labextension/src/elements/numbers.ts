/** 12345 is "12,345". */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** 0.9312 is "93.1 %". */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** 1230000 is "1.2 MB". */
export function bytes(size: number): string {
  const units: [string, number][] = [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3]
  ];
  const [unit, factor] = units.find(([, least]) => size >= least) ?? ['bytes', 1];
  return `${(size / factor).toFixed(factor === 1 || size >= 100 * factor ? 0 : 1)} ${unit}`;
}

/** Seconds as people say them: "8 s", "2 min 05 s", "1 h 12 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  }
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}
