"""How an application moves from stage to stage: which stages may follow which, on which days; pure.

Makers report what they see, so that stages may be passed over, but nobody goes back: a mistake is corrected by a new
step that says so, and the mistaken one stays to be seen.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from app.halal.models import ApplicationStep
from app.halal.vocabulary import CLOSING, ROUTE_STAGES, SIDE_STAGES, Route, Stage

SENT_BACK = frozenset({Stage.RETURNED, Stage.RETURNED_FOR_DOCUMENTS})


def taken(steps: Iterable[ApplicationStep]) -> tuple[Stage, ...]:
    """The stages reached, in order; one that nobody has recorded a step of is being prepared."""
    return (Stage.DRAFT, *(Stage(step.stage) for step in steps))


def stages_of(route: Route) -> tuple[Stage, ...]:
    """Every stage of a route: the straight way in order, then what may happen beside it."""
    return (*ROUTE_STAGES[route], *(stage for stage in Stage if stage in SIDE_STAGES[route]))


def next_stages(route: Route, reached: Sequence[Stage]) -> tuple[Stage, ...]:
    """Stages that an application may reach next after those it has reached, in the order of ``stages_of``.

    The first is the usual next one. None after a stage that ends the journey.
    """
    last = reached[-1]
    if last in CLOSING:
        return ()
    way = ROUTE_STAGES[route]
    if last is Stage.DRAFT:
        return (*way[1:], Stage.WITHDRAWN)
    ahead = way[1:] if last in SENT_BACK else way[way.index(last) + 1 :]
    beside = tuple(stage for stage in Stage if stage in SIDE_STAGES[route] and stage is not last)
    return (*ahead, *beside)


def corrections(route: Route, reached: Sequence[Stage]) -> tuple[Stage, ...]:
    """Stages that may be put right to: any but the one that stands."""
    return tuple(stage for stage in stages_of(route) if stage is not reached[-1])


def is_sane(route: Route, reached: Sequence[Stage], stage: Stage, *, correction: bool) -> bool:
    """Whether a stage may follow."""
    return stage in (corrections(route, reached) if correction else next_stages(route, reached))


def closed_on(stage: Stage, reached_on: dt.date) -> dt.date | None:
    """The day on which a journey ended, when this stage ends one."""
    return reached_on if stage in CLOSING else None


def straight(route: Route, reached: Sequence[Stage]) -> Stage:
    """How far along the straight way an application is; being sent back leaves it where it was."""
    way = ROUTE_STAGES[route]
    return [stage for stage in reached if stage in way][-1]
