"""What makers and officials do with goods, one function per thing a person can do.

``reference`` loads the category tree, ``products`` changes goods and their words, prices and variants, ``pictures``
takes and arranges photos, ``review`` decides what becomes public, ``halal`` ties goods to certificates.
"""

from app.businesses.service import CHANGED
from app.catalogue import index
from app.catalogue.service import halal
from app.halal.service import APPLICATIONS_CHANGED, CERTIFICATES_CHANGED, MATCHES_CONFIRMED

if index.reindex_business not in CHANGED:
    # A maker's name, place and standing stand on the listings of her goods.
    CHANGED.append(index.reindex_business)
if halal.certificates_changed not in CERTIFICATES_CHANGED:
    # What certificates are worth, and journeys towards them, give goods their halal standing.
    CERTIFICATES_CHANGED.append(halal.certificates_changed)
    APPLICATIONS_CHANGED.append(halal.applications_changed)
    MATCHES_CONFIRMED.append(halal.matches_confirmed)
