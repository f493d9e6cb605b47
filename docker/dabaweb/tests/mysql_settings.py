"""The site's settings on a real MySQL: `TEST_MYSQL=user:password@host:port/database pytest --ds=tests.mysql_settings`.

The user needs all rights on `test_` and that database, which is made and dropped.
"""

import os
import re

from tests.settings import *  # noqa: F403

_user, _password, _host, _port, _name = re.fullmatch(r"(.+?):(.+)@(.+):(\d+)/(\w+)", os.environ["TEST_MYSQL"]).groups()
_server = {
    "ENGINE": "dabaweb.mysql",
    "HOST": _host,
    "PORT": int(_port),
    "USER": _user,
    "PASSWORD": _password,
    "NAME": _name,
    "OPTIONS": {"charset": "utf8mb4", "connect_timeout": 5, "read_timeout": 60, "write_timeout": 60},
}
DATABASES = {"default": _server, "slave": _server | {"TEST": {"MIRROR": "default"}}}
