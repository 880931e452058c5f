"""A ^C that we take ourselves does not reach the git that is at work.

A ^C goes to all processes of the terminal's foreground group, git and its ssh among them. Where it ends us,
it may end them as well. Where a function of ours takes it, so as to stop when nothing is in doubt, they
must not die of it, least of all while they push. So git is started with that signal ignored, and blocked
too: git sets handlers of its own where it was ignored, and the shells of hooks let through what was
blocked. All that git starts inherits both.

A process group or a session of its own would shield git too. But an ssh that asks for a passphrase at the
terminal would be stopped in the one, since only the foreground group may read there, and would have no
terminal in the other. So it may ask, and a ^C that we take does not end its asking. We end git by other
signals.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def shielded() -> Iterator[None]:
    """Keep a ^C from what is started meanwhile, if a function of ours takes it; it is taken afterwards.

    Only the main thread can have it ignored; what another one starts has it blocked alone.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or handler is signal.default_int_handler:
        yield
        return
    main = threading.current_thread() is threading.main_thread()
    former = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
        if main:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        yield
    finally:
        try:
            if main:
                signal.signal(signal.SIGINT, handler)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, former)
