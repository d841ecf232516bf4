import type { LogFilter } from '../../api';

/** The address at which the server gives the lines of a log as text; undefined outside of Jupyter's own pages. */
export function logAddress(jobId: string, filter: LogFilter): string | undefined {
  const config = document.getElementById('jupyter-config-data')?.textContent;
  const base = config ? (JSON.parse(config) as { baseUrl?: string }).baseUrl : undefined;
  if (base === undefined) {
    return undefined;
  }
  const address = new URL(`patholearn/api/v1/jobs/${encodeURIComponent(jobId)}/log.txt`, new URL(base, location.href));
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined && value !== '') {
      address.searchParams.set(name, String(value));
    }
  }
  return address.href;
}
