"""What the container is told through its environment, read and checked once.

Nothing else reads `os.environ`. Every problem is reported at once, one line each, and never with a value that may be
a password.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MYSQL_PORT = 3306
REDIS_PORT = 6379
HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?")


class ConfigurationError(Exception):
    """The environment is not usable; one problem in each of `problems`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Address:
    """Where a server answers. Its certificate has the name or address of its Service, but not that of its pod."""

    host: str
    port: int
    certified: bool = True


@dataclass(frozen=True)
class Environment:
    mysql_master: Address
    mysql_slave: Address
    mysql_database: str
    mysql_user: str
    mysql_password: str = field(repr=False)
    mysql_ca: str
    redis_master: Address
    redis_slave: Address
    redis_password: str = field(repr=False)
    redis_ca: str
    secret_key: str = field(repr=False)
    former_secret_key: str = field(repr=False)
    allowed_hosts: list[str]
    secure: bool
    trusted_proxies: int
    sign_ins: int
    anonymous_posts: int
    workers: int
    metrics_port: int
    """0 for none."""
    pod_name: str
    release: str
    mysql_peers: str
    redis_peers: str


def read(variables: Mapping[str, str]) -> Environment:
    """Return the checked environment, or raise `ConfigurationError` with all that is wrong."""
    reader = _Reader(variables)
    secure = reader.flag("DJANGO_SECURE", default=False)
    environment = Environment(
        mysql_master=reader.service("mysql-master", MYSQL_PORT),
        mysql_slave=reader.service("mysql-slave", MYSQL_PORT),
        mysql_database=reader.text("MYSQL_DATABASE"),
        mysql_user=reader.text("MYSQL_USER"),
        mysql_password=reader.text("MYSQL_PASSWORD"),
        mysql_ca=reader.text("MYSQL_CA"),
        redis_master=reader.service("redis-master", REDIS_PORT),
        redis_slave=reader.service("redis-slave", REDIS_PORT),
        redis_password=reader.text("REDIS_PASSWORD"),
        redis_ca=reader.text("REDIS_CA"),
        secret_key=reader.secret("DJANGO_SECRET_KEY", at_least=32),
        former_secret_key=variables.get("DJANGO_FORMER_SECRET_KEY", ""),
        allowed_hosts=reader.names("DJANGO_ALLOWED_HOSTS"),
        secure=secure,
        # TLS ends in front of this pod, so that there is a proxy.
        trusted_proxies=reader.number("TRUSTED_PROXIES", default=1 if secure else 0, least=0, most=10),
        sign_ins=reader.number("LIMIT_SIGN_INS", default=10, most=99999),
        anonymous_posts=reader.number("LIMIT_ANONYMOUS_POSTS", default=120, most=99999),
        workers=reader.number("UWSGI_WORKERS", default=4, most=64),
        metrics_port=reader.number("METRICS_PORT", default=0, least=0, most=65535),
        pod_name=reader.text("POD_NAME"),
        release=variables.get("RELEASE", ""),
        mysql_peers=reader.host("MYSQL_PEERS"),
        redis_peers=reader.host("REDIS_PEERS"),
    )
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return environment


class _Reader:
    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.problems: list[str] = []
        self.hosts_from = self.choice("GET_HOSTS_FROM", ("env", "dns"), default="env")

    def text(self, name: str) -> str:
        value = self.variables.get(name, "")
        if not value.strip():
            self.problems.append(f"{name} is not set or empty")
        return value

    def secret(self, name: str, at_least: int) -> str:
        value = self.text(name)
        if value.strip() and len(value) < at_least:
            self.problems.append(f"{name} has {len(value)} characters, at least {at_least} are needed")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.variables.get(name, default)
        if value not in allowed:
            self.problems.append(f"{name} is {value!r}, allowed: {', '.join(allowed)}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        return self.choice(name, ("0", "1"), default="1" if default else "0") == "1"

    def names(self, name: str) -> list[str]:
        names = [part.strip() for part in self.text(name).split(",") if part.strip()]
        if name in self.variables and self.variables[name].strip() and not names:
            self.problems.append(f"{name} names no host")
        return names

    def service(self, service: str, default_port: int) -> Address:
        """Find a Service as Kubernetes offers it: by its variables (`env`) or by its name (`dns`)."""
        prefix = service.upper().replace("-", "_") + "_SERVICE"
        if self.hosts_from == "dns":
            host = service
        else:
            self.text(f"{prefix}_HOST")
            host = self.host(f"{prefix}_HOST")
        return Address(host, self.number(f"{prefix}_PORT", default_port, most=65535))

    def host(self, name: str) -> str:
        host = self.variables.get(name, "")
        if host.strip() and not HOST_NAME.fullmatch(host):
            self.problems.append(f"{name} is {host!r}, which is neither a host name nor an address")
        return host

    def number(self, name: str, default: int, most: int, least: int = 1) -> int:
        value = self.variables.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,5}", value) or not least <= int(value) <= most:
            self.problems.append(f"{name} is {value!r}, a number from {least} to {most} is needed")
            return default
        return int(value)


def placeholders() -> dict[str, str]:
    """Return an environment for what runs while an image is built, where none of it is known and none of it matters."""
    services = ("MYSQL_MASTER", "MYSQL_SLAVE", "REDIS_MASTER", "REDIS_SLAVE")
    access = ("MYSQL_DATABASE", "MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_CA", "REDIS_PASSWORD", "REDIS_CA")
    return {
        **{f"{service}_SERVICE_HOST": "build" for service in services},
        **dict.fromkeys((*access, "DJANGO_ALLOWED_HOSTS", "POD_NAME"), "build"),
        "DJANGO_SECRET_KEY": "build" * 10,
    }
