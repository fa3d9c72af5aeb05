"""JSON, strictly: no NaN, no infinity, no number that would take seconds to read."""

import json
import math
from typing import Final, NoReturn


__all__ = ["NumberError", "decode", "decode_at"]

_LONGEST_NUMBER: Final = 1000  # digits


class NumberError(ValueError):
    """JSON, but for a number; the text says which."""


def decode(body: bytes) -> object:
    """
    Decode a body.

    Raises:
        ValueError: It is not JSON; `NumberError`, if a number is to blame.
        RecursionError: It is nested too deeply.
    """
    text = body.decode(json.detect_encoding(body), "surrogatepass")  # as `json.loads` does
    # To be asked about each whole number would take as long again as all else.
    return (_CAREFUL if _may_hold_long_number(body) else _USUAL).decode(text)


def decode_at(text: str, at: int) -> tuple[object, int]:
    """
    Decode what begins at an offset of a text; return it, and where it ends.

    Raises:
        ValueError: It is not JSON; `NumberError`, if a number is to blame.
        RecursionError: It is nested too deeply.
    """
    value, end = _USUAL.raw_decode(text, at)
    if _may_hold_long_number(text[at:end].encode()):
        raise NumberError(text[at : at + 20])
    return value, end


def _may_hold_long_number(body: bytes) -> bool:
    """Whether there may be a number that `_bounded` refuses: it fills a block of half its size."""
    if len(body) <= _LONGEST_NUMBER:
        return False
    if b"\0" in body[:4]:
        return True  # UTF-16 or UTF-32, where digits stand apart
    block = _LONGEST_NUMBER // 2
    return any(body[at : at + block].isdigit() for at in range(0, len(body), block))


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _bounded(text: str) -> int:
    # CPython refuses longer ones too, but in words that tell of its own settings.
    return int(text) if len(text) <= _LONGEST_NUMBER else _refuse_number(text)


def _refuse_number(text: str) -> NoReturn:
    raise NumberError(f"the number {text[:20]}")


# `json.loads` would make one of these for each call.
_USUAL: Final = json.JSONDecoder(parse_constant=_refuse_number, parse_float=_finite)
_CAREFUL: Final = json.JSONDecoder(
    parse_constant=_refuse_number, parse_float=_finite, parse_int=_bounded
)
