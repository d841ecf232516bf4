"""What the curves of a run say: a sentence, the evidence on the curve, and what to try."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["warning", "advice"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Evidence(_Record):
    """The part of a curve that a finding is about.

    Parameters
    ----------
    curve
        The metric: ``valid_loss``.
    first, last
        The epochs, counted from 1, both included.
    low, high
        Values between which the curve is meant, where that says more than the curve itself; both None otherwise.
    note
        What is to be seen there, in a few words.
    """

    curve: str
    first: int
    last: int
    low: float | None = None
    high: float | None = None
    note: str


class Remedy(_Record):
    """Something to try.

    Parameters
    ----------
    label
        What to do, as a sentence.
    changes
        The settings of a training that do it, see :class:`patholearn_lab.training.spec.TrainingSpec`; empty where it
        takes a change of the network or of the data.
    """

    label: str
    changes: dict[str, Any] = {}


class Finding(_Record):
    """One thing that the curves, or the end of a run, say.

    Parameters
    ----------
    code
        What it is: ``overfitting``.
    title
        Its name, as a person says it.
    sentence
        What is seen in this run, with the figures.
    explanation
        What that means, for somebody who hears of it for the first time.
    evidence
        Where on which curves it is seen.
    remedies
        What to try, the likeliest first.
    """

    code: str
    severity: Severity
    title: str
    sentence: str
    explanation: str
    evidence: tuple[Evidence, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.title}: {self.sentence}", f"  {self.explanation}"]
        lines += [f"  Try: {remedy.label}" for remedy in self.remedies]
        return "\n".join(lines).rstrip()


class Diagnosis(_Record):
    """What is to be said about a run; ``print`` shows it.

    Parameters
    ----------
    epochs
        How many finished epochs were looked at.
    failure
        What went wrong where the run failed.
    findings
        What the curves say, the gravest first.
    """

    epochs: int
    failure: Finding | None = None
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        said = [str(each) for each in (self.failure, *self.findings) if each is not None]
        if said:
            return "\n\n".join(said)
        if self.epochs < 2:
            return "There are too few epochs to tell anything from the curves yet."
        return f"Nothing in the curves of the {self.epochs} epochs asks for attention."
