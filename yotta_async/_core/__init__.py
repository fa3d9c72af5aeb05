"""
The rules: no await, no clock, no dice, no network; instants are arguments.

Each module may import the standard library's pure parts, attrs and ``errors``, and nothing that
waits.
"""
