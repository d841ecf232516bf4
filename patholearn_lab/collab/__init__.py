"""Drawings that several people change at once: the architecture as a Y document."""
