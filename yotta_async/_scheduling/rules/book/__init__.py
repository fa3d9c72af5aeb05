"""The book of a budget that many processes share: one small value, changed by one function."""
