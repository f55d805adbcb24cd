"""Everything that can go wrong, as one tree; each message is a sentence that says what failed and what to do.

PhoneError
├── ConfigError               a settings or account file is wrong
├── StoreError                history, recordings or settings cannot be read or written
├── BadAddress                what was typed is nothing that can be called
├── NotPossible               the call or the account cannot do that now
├── MediaError
│   ├── NoDevice              no such microphone, speaker or camera
│   └── NegotiationFailed     the peers' session descriptions do not fit
└── ProviderError
    ├── ConnectionLost        the link is down; Phone connects again
    │   └── TryLater          and not before the server wants it
    ├── AccessDenied          the server refused the credentials; Phone stops
    ├── RequestFailed         the server said no to one request
    ├── RequestTimeout        the server said nothing
    ├── BadFrame              the server sent what its protocol does not allow
    └── Unsupported           this provider has no such thing
"""


class PhoneError(Exception):
    """Base of all errors meant for the person at the phone."""


class ConfigError(PhoneError):
    """A settings or account file is wrong; the text names file and key."""


class StoreError(PhoneError):
    """History, recordings or settings cannot be read or written."""


class BadAddress(PhoneError):
    """What was typed is nothing that can be called."""


class NotPossible(PhoneError):
    """The call, or its account, cannot do that (now)."""


class MediaError(PhoneError):
    """Sound or picture failed."""


class NoDevice(MediaError):
    """No such microphone, speaker or camera."""


class NegotiationFailed(MediaError):
    """The two sides' session descriptions do not fit together."""


class ProviderError(PhoneError):
    """A vendor's server, or the way to it, failed."""


class ConnectionLost(ProviderError):
    """The link to the server is down."""


class TryLater(ConnectionLost):
    """The server wants to be left alone for some seconds."""

    def __init__(self, detail: str, seconds: float = 0.0) -> None:
        super().__init__(detail)
        self.seconds = seconds


class AccessDenied(ProviderError):
    """The server refused the credentials; trying again with the same ones is of no use."""


class RequestFailed(ProviderError):
    """The server refused one request.

    `code` is the vendor's own result code, `detail` the sentence for the person.
    """

    def __init__(self, code: int | str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class RequestTimeout(ProviderError):
    """The server did not answer in time."""


class BadFrame(ProviderError):
    """The server sent something its protocol does not allow."""


class Unsupported(ProviderError):
    """This provider has no such thing."""
