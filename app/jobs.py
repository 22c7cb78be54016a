"""Every area's tables, jobs and invariant checks, for the worker and the commands."""

from types import ModuleType

import app.accounts.checks
import app.businesses.checks
import app.businesses.jobs
import app.catalogue.checks
import app.catalogue.jobs
import app.core.checks
import app.core.mail
import app.core.rates_client
import app.halal.checks
import app.halal.jobs
import app.models


def registered() -> tuple[ModuleType, ...]:
    """The modules that register jobs and checks when they are imported, which importing this one has done."""
    return (
        app.accounts.checks,
        app.businesses.checks,
        app.businesses.jobs,
        app.catalogue.checks,
        app.catalogue.jobs,
        app.core.checks,
        app.core.mail,
        app.core.rates_client,
        app.halal.checks,
        app.halal.jobs,
        app.models,
    )
