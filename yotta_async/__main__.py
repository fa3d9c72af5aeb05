"""``python -m yotta_async``: the same as the command ``yotta-async``."""

from .cli import main


if __name__ == "__main__":
    main()
