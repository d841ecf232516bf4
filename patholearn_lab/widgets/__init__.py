"""The windows in a notebook: one class a module, made of few traits and one RPC."""
