"""A network of one's own for the tests: this process, and whatever it starts, sees the loopback interface alone."""

import ctypes
import fcntl
import functools
import socket
import struct
import sys

import pytest

_CLONE_NEWNET = 0x40000000
"""linux/sched.h"""
_SIOCSIFFLAGS = 0x8914
"""linux/sockios.h"""
_UP = 0x1


@functools.cache
def leave_the_network() -> bool:
    """Go to a network namespace with nothing but loopback in it; False where one may not, who is not root for example.

    A browser offers every address of its machine for media, and answers from each: here it has this one only. Besides,
    tests that run side by side do not meet at ports. Call it before there are other threads.
    """
    if sys.platform != "linux" or ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh", b"lo", _UP))
    return True


needs_island = pytest.mark.skipif(not leave_the_network(), reason="needs root, for a network of its own")
"""Of tests with a browser."""
