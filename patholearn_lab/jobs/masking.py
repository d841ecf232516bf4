"""Secrets in what a job prints, made unreadable before they are written.

A log is read by others: by a teacher, by whoever is sent the link. Masked are passwords in addresses, what is named a
token, a password, a secret or a key, tokens that are known by their form, and the secrets of this process' environment.
Cells that print a secret under another name are not seen through.

Standard library only: the supervisor imports this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

MASK = "***"
_SHORTEST = 8
"""A value of the environment that is shorter would be found in words that are no secret."""
_NAMES = r"password|passwd|pwd|token|secret|api[_-]?key|access[_-]?key|private[_-]?key|authorization"
_NAMED_SECRET = re.compile(_NAMES, re.IGNORECASE)

_ADDRESS = re.compile(r"(?P<before>://[^\s/@:]{0,200}:)[^\s/@]{1,500}(?=@)")
# A value: after = or :, perhaps quoted, perhaps behind Bearer. Numbers are left: "token: 64" is a size.
_NAMED = re.compile(
    rf"(?P<before>(?:{_NAMES})[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']?(?:(?:bearer|basic|token)\s+)?)"
    rf"(?![\d.,]+(?:[\s\"',;)]|$))[^\s\"'&,;)]{{4,}}",
    re.IGNORECASE,
)
_FORMS = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|hf_[A-Za-z0-9]{16,}|sk-[\w-]{16,}"
    r"|xox[abprs]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]+)"
)
# One quick look tells of nearly every line that there is nothing to do. Words are looked for ten times as quickly as a
# pattern of all of them; each of these is a part of something that is masked.
_PERHAPS = (
    *("://", "passw", "pwd", "token", "secret", "key", "authorization"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "hf_", "sk-", "xox", "akia", "asia", "eyj"),
)


def masker(environment: Mapping[str, str]) -> Callable[[str], str]:
    """Return the function that masks the secrets in a line.

    Parameters
    ----------
    environment
        The variables of the process; the values of those that are named like a secret are masked wherever they stand.

    Examples
    --------
    >>> mask = masker({"HUB_TOKEN": "0123456789"})
    >>> mask("postgres://ada:lovelace@db/lab token=0123456789 epoch=3")
    'postgres://ada:***@db/lab token=*** epoch=3'
    """
    values = {value for name, value in environment.items() if _NAMED_SECRET.search(name) and len(value) >= _SHORTEST}
    # The longest first: one may be the beginning of another.
    known = re.compile("|".join(map(re.escape, sorted(values, key=len, reverse=True)))) if values else None

    def mask(text: str) -> str:
        if known is not None:
            text = known.sub(MASK, text)
        plain = text.lower()
        if not any(word in plain for word in _PERHAPS):
            return text
        text = _ADDRESS.sub(rf"\g<before>{MASK}", text)
        text = _NAMED.sub(rf"\g<before>{MASK}", text)
        return _FORMS.sub(MASK, text)

    return mask
