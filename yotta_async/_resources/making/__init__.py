"""Make exactly one of anything, and delete what has no owner."""
