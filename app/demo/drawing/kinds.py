"""The register of kinds: which function draws a kind, how large it is and on which stage it shows best."""

from collections.abc import Callable
from dataclasses import dataclass

from app.demo.drawing.grounds import Stage
from app.demo.drawing.scene import Piece, Scene

Draw = Callable[[Scene, Piece], None]


@dataclass(frozen=True)
class Kind:
    """How one kind of good is set in a picture.

    ``width`` and ``height`` are the room its drawing takes, base middle at (0, 0) on a table, centre at (0, 0) else.
    ``group`` is how many pieces may stand together; ``mouth`` is where steam rises.
    """

    draw: Draw
    width: float
    height: float
    stage: Stage
    group: int
    mouth: float


REGISTER: dict[str, Kind] = {}


def kind(
    *names: str, width: float, height: float, stage: Stage = "table", group: int = 1, mouth: float = 0.0
) -> Callable[[Draw], Draw]:
    """Register the decorated function as the drawing of the named kinds."""

    def keep(draw: Draw) -> Draw:
        for name in names:
            REGISTER[name] = Kind(draw, width, height, stage, group, mouth or height)
        return draw

    return keep
