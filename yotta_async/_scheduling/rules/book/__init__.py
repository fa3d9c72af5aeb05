"""
The book of one key's budget that many processes share: one small value, changed by one function.
"""
