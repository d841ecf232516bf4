"""The command line: ``patholearn``."""
