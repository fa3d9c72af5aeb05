"""Where the book of a shared budget is kept; imported only for `Limits.shared`."""
