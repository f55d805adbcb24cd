"""What is wrong with a SIP message, and what is to be answered to it."""

# pyright: strict

from typing import TYPE_CHECKING

from tuiphone.core.errors import BadFrame

if TYPE_CHECKING:
    from tuiphone.providers.sip.message import Response


class BadMessage(BadFrame):
    """A message, or a field of one, is not as RFC 3261 writes it.

    `status` is the answer it deserves; `response` is that answer, ready to send, where there is enough to answer to.
    """

    def __init__(self, sentence: str, status: int | None = 400, response: "Response | None" = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.response = response
