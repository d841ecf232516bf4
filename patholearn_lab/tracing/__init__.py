"""Networks that were not drawn become drawings: an ``nn.Module`` or an ONNX file as an architecture with its weights.

A source is read into a :class:`~patholearn_lab.tracing.program.Program`, a list of torch calls with their sizes;
:mod:`~patholearn_lab.tracing.drawing` makes nodes of it. torch is imported inside functions only.
"""
