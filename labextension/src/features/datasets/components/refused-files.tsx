import type { ApiErrorData } from '../../../api';
import { Notice, count } from '../../../elements';

interface BadFile {
  file: string;
  message: string;
}

/** Why a file cannot be taken, with the list of what is wrong in it, and what to do. */
export function RefusedFiles({ error }: { error: ApiErrorData }): JSX.Element {
  const files = badFiles(error.details['files']);
  const total = Number(error.details['total'] ?? files.length);
  return (
    <>
      <Notice reason={error} />
      {files.length > 1 && (
        <section aria-label="Files that cannot be taken">
          <h3>{count(total)} files have to be mended or left out</h3>
          <ul className="plab-bad-files">
            {files.map(({ file, message }) => (
              <li key={file}>
                <code>{file}</code>
                <span className="plab-faint">{message}</span>
              </li>
            ))}
          </ul>
          {total > files.length && <p className="plab-faint">and {count(total - files.length)} more.</p>}
        </section>
      )}
      <p>
        Mend it on your computer, then drop the file or folder again: it is looked into anew. Nothing of it is a data
        set yet.
      </p>
    </>
  );
}

function badFiles(value: unknown): BadFile[] {
  return Array.isArray(value)
    ? value.filter(
        (one): one is BadFile =>
          typeof (one as BadFile | null)?.file === 'string' && typeof (one as BadFile).message === 'string'
      )
    : [];
}
