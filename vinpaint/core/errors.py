"""The exceptions that are shown to the user.

    VinpaintError          base class: one line with the problem, the value received, the fix
    ├── MediaError         a clip or image cannot be opened, or is not allowed
    ├── MaskError          a mask or prompt does not match the clip, or finds nothing
    ├── SettingsError      a setting is out of range, unknown or not implemented
    ├── MissingError       a package, program or model weights are not installed
    ├── EngineError        an external engine failed, or wrote an unexpected result
    ├── OutputError        the output cannot be written: path in use, disk full, no permission
    ├── LimitError         the work exceeded its limit of time or memory
    └── Cancelled          the user stopped the work; no partial output is left

The message of an exception is one line for the user. Technical details are written to the log.
"""


class VinpaintError(Exception):
    """Base class of all errors that are shown to the user. The message is a single line."""


class MediaError(VinpaintError):
    """A clip or an image cannot be opened or is not allowed."""


class MaskError(VinpaintError):
    """A mask or a prompt does not match the clip, or no object was found."""


class SettingsError(VinpaintError):
    """A setting is out of range, unknown, or asks for a feature that is not implemented."""


class MissingError(VinpaintError):
    """A required package, program, device or set of weights is not available."""


class EngineError(VinpaintError):
    """An external engine failed, or its output is not what was requested."""


class OutputError(VinpaintError):
    """The output cannot be written."""


class LimitError(VinpaintError):
    """The work exceeded its limit of time or memory and was stopped."""


class Cancelled(VinpaintError):  # noqa: N818 (not an error)
    """The user stopped the work."""
