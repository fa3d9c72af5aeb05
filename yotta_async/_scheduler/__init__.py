"""
The scheduler waits; it decides nothing.

Who may go, and when, is the dispatcher's to say (`_core.dispatch`); `turns` waits for it, and
`scheduler` is what the caller sees.
"""

from .scheduler import Admission, Scheduler


__all__ = ["Admission", "Scheduler"]
