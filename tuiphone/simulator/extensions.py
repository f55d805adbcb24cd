"""The extensions of the simulated PBXes, which have their sound from the SIP simulator."""

EXTENSIONS: dict[str, str | None] = {"101": "alice", "102": "bob", "137": None}
"""Each with the SIP user whose devices ring as well; an extension also is a SIP user by itself."""
PASSWORDS = {extension: f"pw{extension}" for extension in EXTENSIONS}
"""What devices of an extension log in with at the SIP simulator."""


def extension_of(user: str) -> str | None:
    """The extension of a user of the demo."""
    return next((extension for extension, alias in EXTENSIONS.items() if alias == user), None)
