"""The kinds of nodes, one module a family. Each has ``SPECS``, the declarations in the order of the palette."""
