"""Where jupyter-collaboration keeps what it remembers, if it is installed."""

from __future__ import annotations

from typing import Any

from traitlets import Unicode

from patholearn_lab.paths import DataPaths

EXTENSION = "jupyter_server_ydoc"


def keep_in_data_folder(serverapp: Any, settings: dict[str, Any], paths: DataPaths) -> None:
    """Have the changes of shared documents kept in our data folder.

    Left alone, jupyter-collaboration writes them into the folder that the server was started in, and its list of
    sessions into the folder of notebooks. What somebody configured stays as it is. `settings` are those of the web
    application.
    """
    for extension in serverapp.extension_manager.extension_apps.get(EXTENSION, ()):
        try:
            paths.collaboration.mkdir(parents=True, exist_ok=True)
        except OSError:
            return  # the services say what is wrong with the folder when they start
        if "db_path" not in extension.config.SQLiteYStore:
            file = str(paths.collaboration / "changes.sqlite")
            # Rooms for browsers are made long after this, with the configuration as it is then; those that are made
            # for kernels take the class as it is.
            extension.config.SQLiteYStore.db_path = file
            store = extension.ystore_class
            extension.ystore_class = type(store)(store.__name__, (store,), {"db_path": Unicode(file, config=True)})
        if extension.session_store_path is None:
            sessions = str(paths.collaboration / "sessions.json")
            settings["collaborative_session_store_path"] = sessions
