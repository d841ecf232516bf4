"""The Jupyter server extension: REST and events below ``/patholearn/api/v1``.

Jupyter finds it through the package itself: ``jpserver_extensions = {"patholearn_lab": true}``.
"""
