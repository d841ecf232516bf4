"""ONNX files as programs.

`file` opens them, `reader` goes through them, and the other modules say what an operator is in torch.
"""
