"""What a draw of DRAW-1 is refused for."""

from jobs.errors import BaiqauError


class DrawFault(BaiqauError):
    """A draw that must not be held, or a protocol that must not be built on."""


class EntrantFault(DrawFault):
    """The list of entrants is not one that everybody would hash alike."""


class ManifestFault(DrawFault):
    """The manifest is not one that could have been committed to."""


class DiceFault(DrawFault):
    """The dice are not twenty digits, or were not committed to."""


class DrawRefused(DrawFault):
    """What was committed to and what came do not fit together, so nothing was computed."""


class AnnulmentFault(DrawFault):
    """An annulment of a prize that the person does not hold."""


class ProtocolFault(DrawFault):
    """A file that is no protocol as this program writes them."""
