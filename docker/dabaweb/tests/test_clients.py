"""Where a request comes from, whatever it says itself."""

import pytest

from dabaweb import clients


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ("192.0.2.7", 0, "192.0.2.7"),
        ("203.0.113.66, 192.0.2.7", 0, "192.0.2.7"),
        ("203.0.113.66, 192.0.2.7, 10.0.0.1", 1, "192.0.2.7"),
        ("203.0.113.66, 192.0.2.7, 10.0.0.1, 10.0.0.2", 2, "192.0.2.7"),
        # Past the proxies, from inside the cluster.
        ("10.0.0.1", 1, "10.0.0.1"),
        ("2001:DB8::7", 0, "2001:db8::7"),
        ("", 0, ""),
        ("unix:", 0, ""),
        ("192.0.2.7,", 0, ""),
    ],
)
def test_choice(forwarded, proxies, expected):
    assert clients.choose(forwarded, proxies) == expected


def test_without_a_list_the_connection_counts(rf):
    assert clients.address(rf.get("/")) == "127.0.0.1"
    assert clients.address(rf.get("/", headers={"x-forwarded-for": "192.0.2.7"})) == "192.0.2.7"
