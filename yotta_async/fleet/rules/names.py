"""
The names of a fleet's pods, in which its whole state lives:
``<fleet>-<key>-<generation>-<mark>-<owner>``.

The key stands for one of the pods that were asked for, the generation for one try at it, the mark
for what it was made from, the owner for the run of a program that made it. So the
names tell what there is, after a crash, too: what to adopt, what was made from a specification that
has changed since, and that another program is at work on the same fleet.
"""

import re
from datetime import datetime
from typing import Final

from attrs import frozen

from ...errors import ConfigurationError


__all__ = ["FleetPodName", "check_fleet_name", "check_key", "leftover_command", "owner_token"]

_LAST_OWNER: Final = 12 * "f"
# Without dashes in the other words no fleet's names can be taken for another's: "a-b-..." is not
# one of "a".
_FLEET: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?", re.ASCII)
_KEY: Final = re.compile(r"[A-Za-z0-9_.]{1,64}", re.ASCII)
_NAME: Final = re.compile(
    r"(.+)-([A-Za-z0-9_.]+)-([1-9][0-9]{0,8})-([0-9a-f]{6})-([0-9a-f]{12})", re.ASCII
)


@frozen(order=True)
class FleetPodName:
    """
    The name of one pod of a fleet.

    Attributes:
        fleet: The fleet's name.
        key: Which of the fleet's pods.
        generation: Which try at it, from 1.
        mark: Six hexadecimal digits of what it was made from.
        owner: Twelve of the run that made it, the earlier the less.
    """

    fleet: str
    key: str
    generation: int
    mark: str
    owner: str

    def __str__(self) -> str:
        return f"{self.fleet}-{self.key}-{self.generation}-{self.mark}-{self.owner}"

    @classmethod
    def parse(cls, name: str) -> "FleetPodName | None":
        """
        Read a pod's name.

        Args:
            name: Of any pod of the account.

        Returns:
            The parts of the name, or None for one that no fleet gives.
        """
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        return cls(found[1], found[2], int(found[3]), found[4], found[5])


def leftover_command(fleet: str) -> str:
    """
    Return the shell command that deletes a fleet's pods, of all its runs.

    Args:
        fleet: The fleet's name.

    Returns:
        The command, as one line.
    """
    return f"yotta-async fleet down {fleet} --yes"


def owner_token(began: datetime, dice: int, *, after: str = "") -> str:
    """
    Return the word for a run, in the order of the instants at which runs begin.

    Args:
        began: By the server's clock, which is one for all hosts.
        dice: 0 to 65535, to tell apart what began in one second.
        after: The greatest word of a run that was found, so that this one is greater whatever the
            clock says; "" if none was.
    """
    word = f"{int(began.timestamp()) & 0xFFFFFFFF:08x}{dice:04x}"
    if word > after or after >= _LAST_OWNER:
        return word
    return f"{int(after, 16) + 1:012x}"


def check_fleet_name(name: object) -> str:
    """
    Check the name of a fleet.

    Args:
        name: What was given.

    Returns:
        The name.

    Raises:
        ConfigurationError: Other than 1 to 100 letters, digits, and - . _ between them.
    """
    if isinstance(name, str) and _FLEET.fullmatch(name):
        return name
    problem = "must be 1 to 100 letters, digits, and - . _ between them"
    hint = "By its name a fleet finds its pods again."
    raise ConfigurationError("name", name, problem, hint=hint)


def check_key(key: object) -> str:
    """
    Return the key of a pod.

    Raises:
        ConfigurationError: Other than 1 to 64 letters, digits, _ and dots.
    """
    if isinstance(key, str) and _KEY.fullmatch(key):
        return key
    problem = "must be 1 to 64 letters, digits, _ and dots, without -"
    hint = "In a fleet a spec's name is the pod's key; without names pods are numbered."
    raise ConfigurationError("name", key, problem, hint=hint)
