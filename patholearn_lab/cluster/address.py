"""A Dask scheduler that somebody else runs, by its address; with certificates where it asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from patholearn_lab.cluster.launcher import Launched, connected
from patholearn_lab.errors import UnavailableError

CONNECT_TIMEOUT_S = 15.0


@dataclass(frozen=True)
class Certificates:
    """Files (or their text) by which both ends of a TLS connection know each other."""

    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(frozen=True)
class AddressLauncher:
    """Reaches a running scheduler. It is neither scaled nor ended from here.

    Parameters
    ----------
    address
        ``tcp://host:port``, or ``tls://host:port`` with certificates.
    certificates
        For ``tls``.
    timeout_s
        How long the scheduler has to answer.
    """

    address: str
    certificates: Certificates = Certificates()
    timeout_s: float = CONNECT_TIMEOUT_S
    kind: str = "dask-address"
    workers: int = 0
    gpus: int = 0
    places: int = 1
    on_this_machine: bool = False

    def launch(self) -> Launched:
        """Reach it.

        Raises
        ------
        UnavailableError
            When it does not answer, or refuses the certificates.
        """
        import distributed

        settings: dict[str, Any] = {"timeout": self.timeout_s}
        if self.address.startswith("tls"):
            given = self.certificates
            if not (given.ca and given.cert and given.key):
                raise UnavailableError(
                    f"The scheduler {self.address} wants TLS, and no certificates are configured.",
                    "Set PathoLearnApp.cluster_tls_ca, cluster_tls_cert and cluster_tls_key.",
                )
            settings["security"] = distributed.Security(  # type: ignore[no-untyped-call]
                require_encryption=True,
                tls_ca_file=given.ca,
                tls_client_cert=given.cert,
                tls_client_key=given.key,
            )
        try:
            return Launched(connected(self.address, **settings))
        except (OSError, TimeoutError, ValueError) as error:
            raise UnavailableError(
                f"The Dask scheduler {self.address} cannot be reached: {str(error) or type(error).__name__}.",
                "Look whether it runs, whether its port is open from here, and whether its certificates are ours.",
            ) from error
