"""Data sets: what they are, where they are kept, how they come in, and how they are read for training."""
