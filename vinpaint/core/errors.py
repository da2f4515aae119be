"""Every error that a user can cause, as a tree.

    VinpaintError          one line: what is wrong, what was received, what to do next
    ├── MediaError         a clip or picture that cannot be opened, or that the guard refuses
    ├── MaskError          a mask or a prompt that does not fit the clip, or finds nothing
    ├── SettingsError      a setting that is out of range, unknown, or not built
    ├── MissingError       a package, a program or weights that this machine lacks
    ├── EngineError        a program from outside that failed, or left something else than asked
    ├── OutputError        the result cannot be written: folder in use, disk full, no permission
    ├── LimitError         work that ran past its limit of time or memory
    └── Cancelled          the user stopped the work; nothing is left behind

Only these reach the user, as one line; the details of what lies behind them go to the log.
"""


class VinpaintError(Exception):
    """Base of all that a user may see. `str(error)` is one plain line."""


class MediaError(VinpaintError):
    """A clip or a picture cannot be used."""


class MaskError(VinpaintError):
    """A mask or a prompt does not fit the clip, or finds nothing."""


class SettingsError(VinpaintError):
    """A setting is out of range, unknown, or asks for what is not built."""


class MissingError(VinpaintError):
    """Something that this machine lacks: a package, a program, weights."""


class EngineError(VinpaintError):
    """A program from outside failed, or left something else than what was asked."""


class OutputError(VinpaintError):
    """The result cannot be written."""


class LimitError(VinpaintError):
    """Work ran past its limit of time or memory and was stopped."""


class Cancelled(VinpaintError):  # noqa: N818 (nothing went wrong)
    """The user stopped the work."""
