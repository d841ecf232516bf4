"""Where the built views lie: one JavaScript module and one style sheet a widget, made by ``make build``."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"

_NOT_BUILT = """export default {{
  render({{ el }}) {{
    el.textContent = "The view '{name}' is not built. Run 'make build' in the checkout and restart the kernel.";
  }}
}};
"""


def script(name: str) -> Path | str:
    """Return the module of the view `name` (``"run-view"``).

    In a fresh checkout it is not built yet. Then this is a module that says so in the notebook, where the person who
    can build it will read it; everything but the view works without.
    """
    path = STATIC / f"{name}.js"
    return path if path.exists() else _NOT_BUILT.format(name=name)


def styles(name: str) -> Path | str:
    """Return the style sheet of the view `name`, or an empty one where it has none."""
    path = STATIC / f"{name}.css"
    return path if path.exists() else ""
