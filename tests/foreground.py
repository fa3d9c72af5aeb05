"""Signals as they are where a program is started from a terminal, wherever the suite is started."""

import signal
import sys


if sys.platform != "win32":
    # Python ignores these itself, and has its children heed them.
    OF_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}


def heed_signals() -> None:
    """
    Heed what was ignored or blocked before this program began; its children then do so as well.

    A shell's ``&``, `nohup` and many runners of CI have SIGINT or SIGHUP ignored. That is
    inherited, and Python then installs no handler.
    """
    if sys.platform == "win32":
        return
    for number in signal.valid_signals() - OF_PYTHON:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
