"""The only thing a sound card's callback touches: a ring of bytes allocated once, one side writes, the other reads."""


class Ring:
    """A bounded ring between one writing and one reading thread, without a lock.

    Each side only ever moves its own counter, so nothing can tear. A writer that runs ahead overwrites the oldest
    bytes; it is the reader who notices (`level` above the size) and skips.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        """Bytes it can hold."""
        self._memory = memoryview(bytearray(size))
        self._written = 0
        self._read = 0

    @property
    def level(self) -> int:
        """Bytes waiting to be read."""
        return self._written - self._read

    def write(self, data: memoryview) -> None:
        """Append these bytes (at most `size`)."""
        length = len(data)
        at = self._written % self.size
        first = min(length, self.size - at)
        self._memory[at : at + first] = data[:first]
        if first < length:
            self._memory[: length - first] = data[first:]
        self._written += length

    def read(self, into: memoryview) -> None:
        """Fill `into` with the oldest bytes; the caller has looked at `level`."""
        length = len(into)
        at = self._read % self.size
        first = min(length, self.size - at)
        into[:first] = self._memory[at : at + first]
        if first < length:
            into[first:] = self._memory[: length - first]
        self._read += length

    def keep(self, newest: int) -> None:
        """Let all but the newest bytes go; for the reading side."""
        self._read = max(self._read, self._written - newest)
