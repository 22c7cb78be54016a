"""Settings of one installation, read once from the environment (prefix ``LB_``) and an optional ``.env`` file."""

from functools import lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PLACEHOLDER_SECRET = "change-me-this-is-only-for-development"  # noqa: S105 - a marker that production refuses
ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Every setting, with the default that suits one computer running the embedded database.

    Raises:
        ValueError: in production, for a placeholder secret, debug mode, or a base URL that is not https.
    """

    model_config = SettingsConfigDict(env_prefix="LB_", env_file=".env", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = "development"
    debug: bool = False
    secret_key: SecretStr = SecretStr(PLACEHOLDER_SECRET)
    base_url: str = ""
    """Public address without a trailing slash; built from host and port when empty."""
    allowed_hosts: list[str] = ["*"]
    host: str = "127.0.0.1"
    port: int = 8000

    data_dir: Path = Path("data")
    database_url: str = ""
    """SQLite in ``data_dir`` when empty; otherwise ``postgresql+psycopg://…``."""
    database_read_url: str = ""
    """A read replica for safe requests; the main database when empty."""
    queue_url: str = ""
    """Store of the job queue: SQLite in ``data_dir`` when empty, else ``postgresql://…`` or ``redis://…``."""
    media_url: str = ""
    """``file://`` folder in ``data_dir`` when empty, or ``s3://bucket?endpoint=…&region=…``."""
    media_access_key: SecretStr | None = None
    media_secret_key: SecretStr | None = None
    mail_url: str = ""
    """Folder of ``.eml`` files in ``data_dir`` when empty, or ``smtp://user:password@host:port`` (``smtps``)."""
    mail_from: str = "Little Bandung <no-reply@little-bandung.example>"

    require_second_factor: bool | None = None
    """Whether officials must use a one-time code; follows the environment when not set."""
    threads: int = 8
    """Worker threads of one server process; more ruins the slowest answers, see docs/performance.md."""
    max_in_flight: int = 512
    """Requests one process carries at once; further ones are answered 503 with Retry-After."""
    answer_cache_mb: int = 16
    rates_url: str = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
    """Daily exchange rates of the European Central Bank; empty switches the fetching off."""
    halal_search_url: str = (
        "https://bpjph.halal.go.id/search/sertifikat?nama_produk=&nama_pelaku_usaha=&no_sertifikat={number}&page=1"
    )
    """The official search for people; {number}, {holder} and {product} are filled in. Empty: no link is offered."""
    halal_register_url: str = ""
    """A register that programs may ask, the same places filled in; empty: nothing is asked."""
    halal_register_per_minute: int = 20
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "json"
    trusted_proxies: list[str] = []
    """Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    max_body_mb: int = 16
    metrics_from: list[str] = []
    """Addresses and networks (``10.0.0.0/8``) that may read /metrics, beside this machine."""

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.environment == "production":
            problems = []
            if self.secret_key.get_secret_value() == PLACEHOLDER_SECRET or len(self.secret_key.get_secret_value()) < 32:  # noqa: PLR2004
                problems.append("LB_SECRET_KEY must be a random text of at least 32 characters")
            if self.debug:
                problems.append("LB_DEBUG must be off")
            address = urlsplit(self.base_url)
            if address.scheme != "https" or not address.hostname:
                problems.append("LB_BASE_URL must be an address that starts with https://")
            if problems:
                raise ValueError("; ".join(problems))
        return self

    @property
    def production(self) -> bool:
        """Whether strict rules apply (secure cookies, second factor, no placeholder)."""
        return self.environment == "production"

    @property
    def public_url(self) -> str:
        """Address for links in mails, feeds and codes, without a trailing slash."""
        return self.base_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether visitors reach us by https, so that cookies may carry the ``__Host-`` prefix."""
        return self.public_url.startswith("https://")

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL of the main database."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'little-bandung.sqlite3').resolve()}"

    @property
    def resolved_queue_url(self) -> str:
        """Where the job queue lives."""
        return self.queue_url or f"sqlite:///{(self.data_dir / 'queue.sqlite3').resolve()}"

    @property
    def resolved_media_url(self) -> str:
        """Where pictures and private files live."""
        return self.media_url or (self.data_dir / "media").resolve().as_uri()

    @property
    def resolved_mail_url(self) -> str:
        """Where mail goes."""
        return self.mail_url or (self.data_dir / "mail").resolve().as_uri()

    @property
    def second_factor_required(self) -> bool:
        """Whether an office page needs a one-time code at sign-in."""
        return self.production if self.require_second_factor is None else self.require_second_factor


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
