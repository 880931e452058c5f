"""When tokens and proxies end, and that nothing else of them is told."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from certificates import make_certificate

from cmcompile.observe.checkup.certificates import BadCertificateError, ends
from cmcompile.observe.checkup.credentials import credentials

BASE = {"PANDA_URL": "u", "PANDA_URL_SSL": "u", "PANDA_AUTH": "oidc", "PANDA_AUTH_VO": "Rubin"}
SECRET = "word-of-nobody-4711"  # noqa: S105 - it is none


def token(claims: object) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{SECRET}.{middle}.{SECRET}"


def certificate(home: Path, days: int, name: str = "somebody") -> str:
    pem = home / "a.pem"
    make_certificate(pem, home / "key", days, name)
    return pem.read_text()


@pytest.mark.parametrize("name", ["PANDA_AUTH_ID_TOKEN", "OIDC_AUTH_ID_TOKEN"])
def test_a_token_of_the_environment_says_when_it_ends(name: str) -> None:
    found = credentials({**BASE, name: token({"exp": 1800000000, "sub": SECRET})})
    assert found == {"auth": "oidc", "lacking": [], "from": f"${name}", "ends": 1800000000.0}


def test_the_token_of_a_file_and_of_a_login_too(tmp_path: Path) -> None:
    (tmp_path / "t").write_text(token({"exp": 1800000000}) + "\n")
    found = credentials({**BASE, "OIDC_AUTH_TOKEN_FILE": str(tmp_path / "t")})
    assert (found["ends"], found["from"]) == (1800000000.0, str(tmp_path / "t"))
    login = {"id_token": token({"exp": 1900000000}), "refresh_token": SECRET}
    (tmp_path / ".token").write_text(json.dumps(login))
    found = credentials({**BASE, "PANDA_CONFIG_ROOT": str(tmp_path)})
    assert (found["ends"], found["renews"]) == (1900000000.0, True)
    assert SECRET not in json.dumps(found)


@pytest.mark.parametrize(
    "text",
    ["", SECRET, "a.b", "a.!!!.c", token({}), token([]), token({"exp": "soon"}), token({"exp": 1e300})],
)
def test_what_is_no_token_is_told_and_not_shown(text: str, tmp_path: Path) -> None:
    (tmp_path / "t").write_text(text)
    found = credentials({**BASE, "OIDC_AUTH_TOKEN_FILE": str(tmp_path / "t")})
    assert found["fault"] == "it is no token that says when it ends"
    assert SECRET not in json.dumps(found)
    (tmp_path / ".token").write_text(text)
    assert "fault" in credentials({**BASE, "PANDA_CONFIG_ROOT": str(tmp_path)})


@pytest.mark.parametrize("name", ["PANDA_URL", "PANDA_URL_SSL", "PANDA_AUTH_VO"])
def test_a_variable_that_lacks_is_named(name: str) -> None:
    assert credentials(BASE)["lacking"] == []
    assert credentials({key: value for key, value in BASE.items() if key != name})["lacking"] == [name]
    other = {**BASE, "OIDC_AUTH_VO": "Rubin", "PANDA_AUTH_VO": ""}
    assert credentials(other)["lacking"] == []


def test_the_first_of_several_counts_as_for_the_client(tmp_path: Path) -> None:
    (tmp_path / "t").write_text(token({"exp": 2}))
    own, file, other = (
        {"PANDA_AUTH_ID_TOKEN": token({"exp": 1})},
        {"OIDC_AUTH_TOKEN_FILE": str(tmp_path / "t")},
        {"OIDC_AUTH_ID_TOKEN": token({"exp": 3})},
    )
    assert credentials({**BASE, **own, **file, **other})["ends"] == 1
    assert credentials({**BASE, **file, **other})["ends"] == 2
    assert credentials({**BASE, **other})["ends"] == 3


@pytest.mark.parametrize("days", [1, 30000])
def test_a_certificate_says_when_it_ends(days: int, tmp_path: Path) -> None:
    wanted = datetime.now(UTC) + timedelta(days=days)
    assert abs(ends(certificate(tmp_path, days)) - wanted) < timedelta(minutes=5)


def test_of_a_chain_the_first_end_counts(tmp_path: Path) -> None:
    chain = certificate(tmp_path, 30) + (tmp_path / "key").read_text() + certificate(tmp_path, 2)
    assert ends(chain) < datetime.now(UTC) + timedelta(days=3)


def test_the_proxy_of_the_environment_is_read(tmp_path: Path) -> None:
    certificate(tmp_path, 2)
    environ = {**BASE, "PANDA_AUTH": "x509_no_grid", "X509_USER_PROXY": str(tmp_path / "a.pem")}
    found = credentials(environ)
    assert found["from"] == str(tmp_path / "a.pem")
    assert "ends" in found
    gone = credentials({**environ, "X509_USER_PROXY": str(tmp_path / "gone")})
    assert gone["fault"] == "No such file or directory"


def test_what_is_no_certificate_is_told(tmp_path: Path) -> None:
    good = certificate(tmp_path, 2)
    lines = good.splitlines()
    begin, end = lines[0], lines[-1]
    for bad in (
        "",
        "x",
        f"{begin}\n!!\n{end}",
        f"{begin}\nAAAA\n{end}",
        f"{begin}\nMIIC\n{end}",
        f"{begin}\n{end}",
    ):
        with pytest.raises(BadCertificateError):
            ends(bad)
    # Cut anywhere, it is none, or one that says its end all the same.
    body = "".join(lines[1:-1])
    for length in range(4, 120, 4):
        with pytest.raises(BadCertificateError):
            ends(f"{begin}\n{body[:length]}\n{end}")


def test_a_server_without_tls_is_shown_no_proxy() -> None:
    plain = {"PANDA_URL": "http://h/p", "PANDA_URL_SSL": "http://h/p", "PANDA_AUTH": "x509_no_grid"}
    assert credentials(plain) == {"auth": "x509_no_grid", "lacking": [], "plain": True}
    assert "plain" not in credentials(plain | {"PANDA_URL_SSL": "https://h/p", "X509_USER_PROXY": "/nowhere"})
    assert "plain" not in credentials(plain | {"PANDA_AUTH": "oidc", "PANDA_AUTH_ID_TOKEN": "x"})
