"""A client's socket as OnCaller's wire writes to it: envelopes of a service and a body."""

import json
import logging
from typing import Any

from tuiphone.simulator import link

logger = logging.getLogger(__name__)


class Link(link.Link):
    """Sends envelopes from code that must not wait."""

    def send(self, service: int, body: dict[str, Any]) -> None:
        """Queue one envelope."""
        try:
            # ASCII alone, for half a surrogate pair from one client must not stop the writer of another.
            text = json.dumps({"service": service, "body": body})
        except RecursionError:
            logger.warning("a frame of service %d is nested too deeply to pass on", service)
            return
        self.send_raw(text)
