"""
Who may send, and when.

The decision is the dispatcher's (`rules.dispatch`); `turns` waits for it, and `scheduler` is what
a call sees.
"""
