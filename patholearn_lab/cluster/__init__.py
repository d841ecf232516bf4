"""Where tasks run: one protocol, a Dask cluster on this machine, and plain threads for work without Dask."""
