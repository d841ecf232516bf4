"""What can be trained, but hardly as meant. One module a concern; nothing here keeps a graph from being trained."""

from __future__ import annotations

from patholearn_lab.graph.validation.advice import activations, normalization, sight, weights

RULES = (*activations.RULES, *normalization.RULES, *weights.RULES, *sight.RULES)
