"""The client of this process: the server's where one runs, else one that does the work here."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING

from patholearn_lab.client.connection import find_connections

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client

_clients: dict[tuple[str, str] | None, Client] = {}
_lock = threading.Lock()


def connect(url: str | None = None, token: str | None = None) -> Client:
    """Return the client of this process; made on the first call and kept.

    Without arguments it speaks to the youngest Jupyter server of this user that has the server extension. Where there
    is none, the work is done in this process, on the folder ``PATHOLEARN_DATA`` or ``patholearn`` in Jupyter's data
    folder.

    Parameters
    ----------
    url
        Another server's address, with its base path.
    token
        That server's token.

    Raises
    ------
    StartupError
        When there is no server and the data folder cannot be used.
    """
    with _lock:
        key = (url, token or "") if url else None
        if key not in _clients:
            _clients[key] = _make(url, token)
            if len(_clients) == 1:
                atexit.register(disconnect)
        return _clients[key]


def disconnect() -> None:
    """Close the clients that :func:`connect` made. The next call makes new ones."""
    with _lock:
        while _clients:
            _clients.popitem()[1].close()
        atexit.unregister(disconnect)


def _make(url: str | None, token: str | None) -> Client:
    if url is not None:
        from patholearn_lab.client.http import HttpClient

        return HttpClient(url, token or "")
    for connection in find_connections():
        from patholearn_lab.client.http import HttpClient

        return HttpClient(connection.url, connection.token)
    return _local()


def _local() -> Client:
    from patholearn_lab.client.local import LocalClient
    from patholearn_lab.services import Services, Settings, default_data_dir

    # A kernel without a server is an edge of the program: here, and only here in the client, the environment is read.
    services = Services(Settings(default_data_dir(os.environ)))
    services.start()
    return LocalClient(services, owns_services=True)
