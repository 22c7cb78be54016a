"""Every area's tables, jobs and invariant checks: importing this registers them, for the worker and the commands."""

import app.accounts.checks
import app.businesses.checks
import app.catalogue.checks
import app.catalogue.jobs
import app.core.mail
import app.core.rates_client
import app.models

REGISTERED = (
    app.accounts.checks,
    app.businesses.checks,
    app.catalogue.checks,
    app.catalogue.jobs,
    app.core.mail,
    app.core.rates_client,
    app.models,
)
