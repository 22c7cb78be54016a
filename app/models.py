"""Every area's tables: the one list that migrations need."""

import app.accounts.models
import app.businesses.models
import app.catalogue.models
import app.cities.models
import app.core.idempotency
import app.core.limits
import app.core.outbox
import app.core.rates
import app.core.versions
import app.halal.models  # noqa: F401
from app.core.models import Table

metadata = Table.metadata
