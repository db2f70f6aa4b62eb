"""Waiting for something to become true, never for a time to pass."""

import os
import socket
import threading
import time

# Everything the tests wait for is a matter of milliseconds; the limit only ends a hang.
PATIENCE = float(os.environ.get("SALLY_E2E_PATIENCE", "30"))


def until(what, condition, patience=PATIENCE):
    """Calls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + patience
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:g} s in vain: {what}")
        pause.wait(0.01)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def accepts(port):
    """Whether something listens on this port."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
