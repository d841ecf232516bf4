"""The rules of a graph, one module a concern. A rule takes what was examined and yields issues."""
