"""The service without claims of hosts and without fences in its crawl process: what the control of a trial runs."""

from __future__ import annotations

import sys

import spiders.process.parent
import spiders.resources
from newsdesk.cli import main
from spiders.net.host_claims import HostClaims
from spiders.process.child import serve_orders

CHILD = "--child"

if __name__ == "__main__":
    if sys.argv[1:] == [CHILD]:
        setattr(spiders.resources, "confirm", lambda _connection, _lease: None)  # noqa: B010
        setattr(HostClaims, "holds", lambda _self, _host: True)  # noqa: B010
        sys.exit(serve_orders())
    command = (sys.executable, "-m", "bench.soak.unfenced_service", CHILD)
    setattr(spiders.process.parent, "COMMAND", command)  # noqa: B010
    main()
