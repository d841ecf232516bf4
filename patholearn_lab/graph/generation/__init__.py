"""How a network for a data set is planned: one module for what ends in a vector, one for what ends in an image."""
