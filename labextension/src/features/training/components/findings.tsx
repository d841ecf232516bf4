import type { Diagnosis, Finding, Remedy } from '../../../api';
import { Icon } from '../../../elements';

interface FindingsProps {
  diagnosis: Diagnosis;
  /** The code of the finding whose evidence is drawn on the curves; empty for that of all. */
  pointed: string;
  onPoint: (code: string) => void;
  /** Fills the form of a next training with a remedy's settings. Left out while the run goes on. */
  onTry?: (changes: Record<string, unknown>) => void;
}

/** What the curves say: each finding with its figures, what it means, and what to try. */
export function Findings({ diagnosis, pointed, onPoint, onTry }: FindingsProps): JSX.Element | null {
  if (diagnosis.findings.length === 0) {
    return diagnosis.epochs >= 4 ? (
      <p className="plab-faint">Nothing in the curves of the {diagnosis.epochs} epochs asks for attention.</p>
    ) : null;
  }
  return (
    <section className="plab-findings" aria-label="What the curves say">
      <h3>What the curves say</h3>
      <ul>
        {diagnosis.findings.map(finding => (
          <li key={finding.code} className={`plab-finding plab-finding-${finding.severity}`}>
            <Head finding={finding} isPointed={pointed === finding.code} onPoint={onPoint} />
            <p>{finding.sentence}</p>
            <p className="plab-faint">{finding.explanation}</p>
            <Remedies remedies={finding.remedies} onTry={onTry} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Head({
  finding,
  isPointed,
  onPoint
}: {
  finding: Finding;
  isPointed: boolean;
  onPoint: (code: string) => void;
}) {
  return (
    <div className="plab-finding-head">
      <Icon name={finding.severity === 'warning' ? 'warning' : 'question'} />
      <strong>{finding.title}</strong>
      <span className="plab-spacer" />
      {finding.evidence.length > 0 && (
        <button
          type="button"
          className="plab-button plab-button-quiet"
          aria-pressed={isPointed}
          title="Mark only this on the curves"
          onClick={() => {
            onPoint(isPointed ? '' : finding.code);
          }}
        >
          Show on the curve
        </button>
      )}
    </div>
  );
}

function Remedies({ remedies, onTry }: { remedies: Remedy[]; onTry: FindingsProps['onTry'] }): JSX.Element {
  return (
    <ul className="plab-remedies">
      {remedies.map(({ label, changes }) => (
        <li key={label}>
          <span>{label}</span>
          {onTry && Object.keys(changes).length > 0 && (
            <button
              type="button"
              className="plab-button"
              title="Fill the form of a next training with this"
              onClick={() => {
                onTry(changes);
              }}
            >
              Try it
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
