"""What can be trained, but hardly as meant. One module a concern; nothing here keeps a graph from being trained."""

from __future__ import annotations

from patholearn_lab.graph.validation.advice import activations, normalization, sight, weights

INSIDE = (*activations.RULES, *normalization.INSIDE, *sight.RULES)
"""What is looked for inside blocks as well, for all uses of a block at once."""
RULES = (*activations.RULES, *normalization.RULES, *weights.RULES, *sight.RULES)
