"""Who may do what with cities: everybody may read them."""

from tests.support.roles import Call, World, row


def _city(_: World) -> Call:
    return Call({"slug": "bandung"})


ROWS = [
    row("GET /{locale}/cities", all=200),
    row("GET /{locale}/cities/{slug}", _city, all=200),
    row("GET /api/v1/cities", all=200),
    row("GET /api/v1/cities/{slug}", _city, all=200),
    row("GET /api/v1/kecamatan", all=200),
]
