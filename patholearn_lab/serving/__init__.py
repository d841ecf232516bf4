"""Trained networks that can be asked: export, bundles, predictions."""
