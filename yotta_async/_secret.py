"""A value that is used, and never shown."""

from typing import NoReturn, final

from .errors import YottaError


__all__ = ["Secret"]


@final
class Secret:
    """Text without a repr, a str, a pickle or a copy of itself; `reveal` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __reduce__(self) -> NoReturn:
        raise YottaError("A secret is not pickled; make the client anew where it is needed.")

    def __getstate__(self) -> NoReturn:
        self.__reduce__()

    def reveal(self) -> str:
        return self._text
