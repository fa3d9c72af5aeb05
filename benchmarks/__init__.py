"""What this package costs and what it gains, each number beside a baseline of the same run."""
