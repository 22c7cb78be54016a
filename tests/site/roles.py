"""Who may do what with pages that belong to no single area: everybody the same."""

from tests.support.roles import Call, row

ROWS = [
    row("GET /", all=307),
    row("GET /{locale}/", all=200),
    row("GET /{locale}", all=308),
    row("GET /{locale}/feed.atom", all=200),
    row("POST /{locale}/preferences", lambda _: Call(form={"currency": "MYR", "next": "/en/"}), all=303),
    row("GET /{locale}/design", all=200),
    row("GET /robots.txt", all=200),
    row("GET /sitemap.xml", all=200),
    row("GET /sitemap-{number}.xml", lambda _: Call({"number": 1}), all=200),
    row("GET /healthz", all=200),
    row("GET /readyz", all=200),
    row("GET /metrics", all=404),  # for this machine and its private network only
]
