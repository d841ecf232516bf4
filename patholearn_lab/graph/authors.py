"""Who somebody is that works in Python, where no server says so."""

from __future__ import annotations

import getpass
import os


def account() -> str:
    """Return the name by which the hub, else this computer, knows the user."""
    return os.environ.get("JUPYTERHUB_USER") or user_name()


def user_name() -> str:
    """Return the user's name on this computer; ``user`` where there is none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container may run under a number that has no name (Python 3.13 raises OSError, older ones KeyError).
        return "user"
