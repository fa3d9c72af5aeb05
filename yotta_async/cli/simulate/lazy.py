"""The command as click has it, which looks at the simulator only when its options are asked for."""

import click

from .._failures import Command


__all__ = ["SimulateCommand"]


class SimulateCommand(Command):
    """A command with an option for each settings class of the simulator."""

    _derived = False

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options; those of the simulator come with the first look."""
        if not self._derived:
            # The help of all commands must not pay for it.
            from .command import derived_options  # noqa: PLC0415

            self.params.extend(derived_options())
            self._derived = True
        return super().get_params(ctx)
