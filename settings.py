"""Scrapy's settings by their own names, and the one frozen object that holds every other setting. Nothing else.

Order: flags > environment (`COPYTASTER_...`, nested by `__`) > the `[settings]` table of sources.toml > defaults.
"""

from __future__ import annotations

import os
import tomllib
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from copytaster.errors import ConfigurationError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

# --- Scrapy, by its own names ------------------------------------------------------------------------------
# `scrapy_settings` overrides these with the values of `[settings]`, in Copytaster's crawls and in `scrapy crawl`.

BOT_NAME = "copytaster"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"
ADDONS = {"spiders.addon.FromConfiguration": 0}
SOURCES_FILE = os.environ.get("COPYTASTER_CONFIG", "sources.toml")

ITEM_PIPELINES = {"spiders.pipelines.StorePipeline": 100}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # lets requests pass when robots.txt fails
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # no limit on layers and parts
    "spiders.middlewares.AddressGuard": 50,
    "spiders.net.robots.RobotsMiddleware": 100,
    "spiders.net.compression.Decompression": 590,
    "spiders.middlewares.HostGate": 990,
}
TWISTED_DNS_RESOLVER = "spiders.net.resolver.PublicResolver"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

ROBOTSTXT_OBEY = True
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 0.0
AUTOTHROTTLE_MAX_DELAY = 10.0
DOWNLOAD_DELAY = 0.0  # spiders.middlewares.HostGate spaces the requests of all sources to one host
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_HANDLERS = {
    "http": "spiders.net.downloads.DownloadHandler",
    "https": "spiders.net.downloads.DownloadHandler",
    **dict.fromkeys(("data", "file", "ftp", "s3")),
}
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False
RETRY_TIMES = 1
RETRY_HTTP_CODES = [500, 502, 504, 522, 524]  # 408, 429 and 503 mean: wait
RETRY_EXCEPTIONS = ["scrapy.exceptions.DownloadFailedError", "scrapy.exceptions.ResponseDataLossError"]
RETRY_GIVE_UP_LOG_LEVEL = "INFO"
REFERRER_POLICY = "no-referrer"
URLLENGTH_LIMIT = 0  # Scrapy drops longer ones silently; the feed reader checks entries
COOKIES_ENABLED = False
HTTPPROXY_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
MEMUSAGE_ENABLED = False
STATS_DUMP = False
LOG_LEVEL = "WARNING"
LOG_VERSIONS: list[str] = []
DEFAULT_REQUEST_HEADERS = {
    "Accept": "application/atom+xml,application/rss+xml,application/feed+json,text/html;q=0.9,*/*;q=0.8"
}

# --- Everything else ---------------------------------------------------------------------------------------


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CrawlSettings(_Section):
    """How crawls treat other people's servers."""

    user_agent: str = "copytaster/0.1 (+set settings.crawl.user_agent to a page that says who you are)"
    allow_addresses: tuple[IPv4Network | IPv6Network, ...] = ()  # private networks that crawls may fetch from
    obey_robots: bool = True
    timeout_s: float = Field(default=60.0, gt=0)
    connect_timeout_s: float = Field(default=10.0, gt=0)
    max_bytes: int = Field(default=10_000_000, gt=0)  # decoded
    max_redirects: int = Field(default=5, ge=0)
    max_entries: int = Field(default=10_000, gt=0)  # a feed
    concurrent_requests: int = Field(default=16, gt=0)
    concurrent_per_host: int = Field(default=2, gt=0)
    delay_s: float = Field(default=0.5, ge=0)  # between two requests to one host
    parse_cpu_s: float = Field(default=5.0, gt=0)
    parse_memory_bytes: int = Field(default=512_000_000, gt=0)
    child_timeout_s: float = Field(default=900.0, gt=0)  # the whole child process of one crawl


class RevisitSettings(_Section):
    """When the pages of stored stories are requested again, to find silent edits; in the runs of their sources."""

    enabled: bool = True
    after_hours: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        default=(1, 6, 24, 168), min_length=1, max_length=10
    )  # ages since the page last changed
    per_host_hour: int = Field(default=60, gt=0)  # requests to one host within an hour

    @field_validator("after_hours")
    @classmethod
    def _check_order(cls, hours: tuple[float, ...]) -> tuple[float, ...]:
        if list(hours) != sorted(set(hours)):
            raise ValueError("each age must be larger than the one before, e.g. [1, 6, 24, 168]")
        return hours


class GroupingSettings(_Section):
    """The parameters of the grouping decision; see docs/how-grouping-works.md."""

    window_hours: float = Field(default=48.0, gt=0)
    history_days: int = Field(default=30, gt=0)
    batch: int = Field(default=64, gt=0, le=64)  # versions a commit
    min_words: int = Field(default=40, gt=0)  # shorter texts only match exactly
    relations: bool = True  # look for dispatches retold or translated


class ScheduleSettings(_Section):
    """When crawls run, and how long they may take at a stop."""

    timezone: str = "UTC"  # of cron expressions that name none
    misfire_grace_minutes: float = Field(default=15.0, gt=0)
    shortest_interval_s: float = Field(
        default=10.0, gt=0
    )  # sources that name a shorter one are crawled so often
    lists_per_host_an_hour: float = Field(
        default=60.0, gt=0
    )  # by sources of one host, while those with a range may wait
    jitter_share: float = Field(default=0.1, ge=0, le=0.5)  # of the interval
    drain_s: float = Field(default=20.0, gt=0)


class ScrubSettings(_Section):
    """When the service compares everything that is kept with its digest, and how fast."""

    enabled: bool = True
    cron: str = "30 3 * * *"  # in the time zone of `schedule.timezone`
    rows_per_second: int = Field(default=2000, ge=0)  # 0: no limit


class AlertSettings(_Section):
    """Who is told what rings, and how. Without channels, alerts are in `copytaster alert list` and /metrics only."""

    mail_to: tuple[str, ...] = ()
    mail_from: str | None = None
    smtp_host: str | None = None
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    webhook_url: SecretStr | None = None
    url: str | None = None  # of the pages, for links in messages
    remind_hours: float = Field(default=24.0, ge=0)  # while nobody has acknowledged an alert; 0: never
    source_after_minutes: float = Field(default=60.0, ge=0)  # how long a source fails before it rings


class CmsSettings(_Section):
    """Where the desk sends dispatches: a hook of your content management system. Without `url` nothing is sent."""

    url: SecretStr | None = None
    secret: SecretStr | None = None  # signs each message
    timeout_s: float = Field(default=5.0, gt=0, le=60)  # of one try
    tries: int = Field(default=3, ge=1, le=10)


class RetentionRule(_Section):
    """What is kept how long of the stories that match every value given; days since their dispatch last grew, 0: for ever."""

    agency: str | None = None
    publisher: str | None = None
    source: str | None = None  # rights are agreed on with whoever delivers
    kind: str | None = None  # of a headline's markers: alert, analysis, wrapup, ...
    keep_days: float = Field(ge=0)
    pages_days: float | None = Field(default=None, ge=0)  # raw pages, if they leave before their stories


class RetentionSettings(_Section):
    """What leaves the store, and when. The first rule that a story matches decides; without one, `keep_days`."""

    enabled: bool = True
    cron: str = "15 2 * * *"  # in the time zone of `schedule.timezone`
    dispatches_per_second: float = Field(default=50.0, ge=0)  # 0: no limit
    grace_days: float = Field(default=7.0, ge=0)  # in which what left can be restored
    rules: tuple[RetentionRule, ...] = Field(default=(), max_length=100)
    keep_days: float = Field(default=0.0, ge=0)  # 0: for ever, as with all days below
    pages_days: float = Field(default=0.0, ge=0)
    refusals_days: float = Field(default=0.0, ge=0)
    quiet_runs_hours: float = Field(default=48.0, ge=0)  # then runs without news become counts of their hour
    runs_days: float = Field(default=90.0, ge=0)  # then all runs do
    hours_days: float = Field(default=400.0, ge=0)  # then these counts leave


class ElasticsearchSettings(_Section):
    """The search server; without url and cloud_id the embedded index is used."""

    url: str | None = (
        None  # of a cluster, several nodes with a comma between; the next one is used where one is down
    )
    cloud_id: str | None = None  # instead of url
    product: Literal["auto", "elasticsearch", "opensearch"] = "auto"
    prefix: str = Field(default="copytaster", pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")
    api_key: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None  # PEM of the authority that signed the server's certificate
    timeout_s: float = Field(default=30.0, gt=0)  # of one request
    keep_previous_days: float = Field(default=7.0, ge=0)  # how long to keep an index that a rebuild replaced
    shards: int = Field(default=1, ge=1, le=64)  # of a new index; one for each four million dispatches
    replicas: int | None = Field(
        default=None, ge=0, le=8
    )  # of each shard; by default one where there is a second node
    wait_for_copies: int | Literal["all"] = Field(
        default=1
    )  # of a shard that must be up before a write is taken
    stories_index: bool = False  # also write one document a story, for charts per outlet

    @property
    def is_set(self) -> bool:
        """True if a search server is configured."""
        return bool(self.url or self.cloud_id)


HostPattern = Annotated[
    str, StringConstraints(to_lower=True, pattern=r"^(\*|(\*\.)?[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45})$")
]  # a name or an address without scheme, port and brackets; *.example.org for the names below; * for all


class RoleSettings(_Section):
    """What people may do: by name, or by a group of the proxy as `group:NAME`. The highest role that fits counts."""

    admin: tuple[str, ...] = ()
    desk: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    others: Literal["none", "read", "desk"] = "desk"  # whom the proxy names, and no list does
    nobody: Literal["none", "read"] = "read"  # requests that name nobody


class WebSettings(_Section):
    """Where and how the pages are served."""

    host: str = "127.0.0.1"
    port: int = Field(default=8600, ge=0, le=65535)
    timezone: str = "UTC"  # of the times on pages; data is always UTC
    hosts: tuple[HostPattern, ...] = ()  # names that requests may be for, beside those of this machine
    decisions: Literal["local", "proxy", "off"] = (
        "local"  # who may decide: this machine, whom a proxy names, nobody
    )
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # from which the header below is believed
    user_header: str = "X-Forwarded-User"
    group_header: str | None = None  # in which the proxy names a person's groups, separated by commas
    roles: RoleSettings = RoleSettings()
    max_connections: int = Field(default=1_000, gt=0)
    max_connections_per_address: int = Field(default=500, gt=0)
    max_requests: int = Field(default=100, gt=0)  # that wait for their response at once
    header_timeout_s: float = Field(default=10.0, gt=0)
    body_timeout_s: float = Field(default=30.0, gt=0)
    keep_alive_s: float = Field(default=5.0, gt=0)  # between two requests of one connection
    send_timeout_s: float = Field(default=30.0, gt=0)  # in which a client takes some of its response
    max_live_pages: int = Field(
        default=400, ge=0
    )  # open at once with a line of their own; others ask again and again
    max_header_bytes: int = Field(default=32_768, ge=1_024)  # half of it for the address
    max_body_bytes: int = Field(default=1_000_000, ge=0)
    us: tuple[
        str, ...
    ] = ()  # our own outlets or owners: reports of pick-ups then say who else has a dispatch
    embargo_password: SecretStr | None = None  # who has it may read copy under embargo


_PREFIX, _NESTED = "COPYTASTER_", "__"  # of environment variables


class Settings(BaseSettings):
    """Every setting; read once and never changed."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter=_NESTED, frozen=True, extra="forbid"
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("copytaster"))
    database_url: str | None = None
    compiled_dir: Path | None = None
    log_level: str = "INFO"
    log_format: str = "text"  # text or json
    crawl: CrawlSettings = CrawlSettings()
    revisits: RevisitSettings = RevisitSettings()
    grouping: GroupingSettings = GroupingSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    scrub: ScrubSettings = ScrubSettings()
    retention: RetentionSettings = RetentionSettings()
    elasticsearch: ElasticsearchSettings = ElasticsearchSettings()
    web: WebSettings = WebSettings()
    alerts: AlertSettings = AlertSettings()
    cms: CmsSettings = CmsSettings()

    @property
    def store_url(self) -> str:
        """The database URL of the store."""
        return self.database_url or f"sqlite:///{self.data_dir / 'store.sqlite'}"

    @property
    def compiled_path(self) -> Path:
        """The folder of compiled code."""
        return self.compiled_dir or self.data_dir / "compiled"

    @property
    def index_path(self) -> Path:
        """The file of the embedded search index."""
        return self.data_dir / "index.sqlite"


def load_settings(config: Path | None = None, **overrides: Any) -> Settings:
    """Read every setting once. Overrides win over the environment, that over the `[settings]` table, that over defaults.

    Args:
        config: sources.toml, or None for none.
        overrides: values of command-line flags, e.g. `data_dir=...`.

    Raises:
        ConfigurationError: a value is wrong, or a name unknown; the message suggests the nearest known name.
    """
    try:
        from_environment = Settings(**overrides).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise ConfigurationError(_explain(error), resource=_name_variables(error, overrides)) from error
    try:
        return Settings.model_validate(_overlay(_read_table(config), from_environment))
    except ValidationError as error:
        raise ConfigurationError(_explain(error), resource=str(config or "settings")) from error


def scrapy_settings(settings: Settings) -> dict[str, Any]:
    """The Scrapy settings that follow from `settings`, by Scrapy's names; they override the names above."""
    crawl = settings.crawl
    return {
        "USER_AGENT": crawl.user_agent,
        "ROBOTSTXT_OBEY": crawl.obey_robots,
        "DOWNLOAD_TIMEOUT": crawl.timeout_s,
        "DOWNLOAD_MAXSIZE": crawl.max_bytes,
        "REDIRECT_MAX_TIMES": crawl.max_redirects,
        "REDIRECT_ENABLED": crawl.max_redirects > 0,
        "CONCURRENT_REQUESTS": crawl.concurrent_requests,
        "CONCURRENT_REQUESTS_PER_DOMAIN": crawl.concurrent_per_host,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(crawl.concurrent_per_host),
        "CONNECT_TIMEOUT": crawl.connect_timeout_s,
        "ALLOW_ADDRESSES": [str(network) for network in crawl.allow_addresses],
    }


def _read_table(config: Path | None) -> dict[str, Any]:
    if config is None or not config.exists():
        return {}
    try:
        table: dict[str, Any] = tomllib.loads(config.read_text(encoding="utf-8-sig")).get("settings", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"not valid TOML: {error}", resource=str(config)) from error
    return table


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        old = merged.get(name)
        merged[name] = _overlay(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        path = [str(part) for part in problem["loc"]]
        line = f"{'.'.join(path)}: {problem['msg']}"
        if problem["type"] == "extra_forbidden":
            line = f"unknown setting {'.'.join(path)!r}, {nearest(path[-1], _names_beside(path))}"
        lines.append(line)
    return "; ".join(lines)


def _name_variables(error: ValidationError, overrides: Mapping[str, Any]) -> str:
    """The environment variables that the problems come from, e.g. `COPYTASTER_WEB__LISTEN`; `settings` for flags."""
    given = {name.upper(): name for name in os.environ}
    found: dict[str, None] = {}
    for problem in error.errors(include_url=False):
        path = [] if problem["loc"][0] in overrides else [str(part).upper() for part in problem["loc"]]
        names = (f"{_PREFIX}{_NESTED.join(path[:length])}" for length in range(len(path), 0, -1))
        name = next((given[name] for name in names if name in given), None)
        if name is not None:
            found[name] = None
    return ", ".join(found) or "settings"


def _names_beside(path: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in path[:-1]:
        if part.isdecimal():  # a place in a list
            continue
        found: Any = model.model_fields[part].annotation
        found = next(iter(get_args(found)), found)  # what a list holds
        if isinstance(found, type) and issubclass(found, BaseModel):
            model = found
    return list(model.model_fields)
