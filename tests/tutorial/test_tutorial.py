"""The tutorial, followed literally: it ends with a finished campaign, a report and a site."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from chromium import browser

#: It is followed once, for both tests that look at where it ends.
pytestmark = [pytest.mark.service("minutes"), pytest.mark.xdist_group("tutorial")]

PAGE = Path(__file__).parents[2] / "docs/tutorial.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"\s+# (\d+)$")
CAMPAIGN = "quickstart"


@dataclass(frozen=True, slots=True)
class Line:
    """A line to type, and the exit code that the page gives it."""

    text: str
    code: int


def lines() -> list[Line]:
    found = []
    for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        for text in block.splitlines():
            code = CODE.search(text)
            found.append(Line(CODE.sub("", text), int(code[1]) if code else 0))
    return found


class Terminal:
    """A shell that lines are typed into, one after the other."""

    def __init__(self, home: Path) -> None:
        self.here = home
        self.said: dict[str, str] = {}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": path}

    def type(self, line: Line) -> None:
        """Run a line in the directory where the former one ended.

        Raises
        ------
        AssertionError
            When it ends otherwise than the page says.
        """
        script = f"{line.text}\ncode=$?\npwd >&3\nexit $code"
        read, write = os.pipe()
        with os.fdopen(read, encoding="utf-8") as where:
            done = subprocess.run(
                ["bash", "-c", f"exec 3>&{write}\n{script}"],
                cwd=self.here,
                env=self._environment,
                pass_fds=[write],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            os.close(write)
            self.here = Path(where.read().strip())
        assert done.returncode == line.code, f"{line.text}: {done.returncode}\n{done.stdout}{done.stderr}"
        self.said[line.text] = done.stdout + done.stderr


def test_every_line_has_a_meaning() -> None:
    typed = lines()
    assert len(typed) > 40
    assert {line.code for line in typed} == {0, 3, 4}


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Return the terminal after the last line of the page."""
    terminal = Terminal(tmp_path_factory.mktemp("home"))
    for line in lines():
        terminal.type(line)
    return terminal


@pytest.mark.service("lsst")
def test_the_tutorial_ends_with_a_finished_campaign_a_report_and_a_site(followed: Terminal) -> None:
    said, team = followed.said, followed.here
    assert team.name == "team"
    stood = [text for line, text in said.items() if line.startswith("cmcompile status")]
    assert "all 7 groups accepted" in stood[-1]
    assert "3 stars are saturated" in said[f"cmcompile logs {CAMPAIGN}/step1/1"]
    assert "all 7 groups accepted" in said["git show origin/cm/quickstart:README.md"]
    report = (team / "build/review/comment.md").read_text(encoding="utf-8")
    assert "cmcompile:report:v1" in report
    assert "campaigns/quickstart/campaign.yaml:" in report
    assert (team / "build/site/index.html").is_file()
    assert any("QuickCam/runs/quickstart/step4" in text for text in said.values())


@pytest.mark.service("lsst")
@pytest.mark.service("chromium")
def test_its_site_opens_in_a_browser_and_leads_to_each_run(followed: Terminal, tmp_path: Path) -> None:
    site = (followed.here / "build/site/index.html").as_uri()
    with browser(tmp_path) as page:
        page.size(1280, 900)
        page.open(site)
        assert "Nothing needs a person" in page.value("document.querySelector('main').innerText")
        for address in (
            *(f"#/c/{CAMPAIGN}{tab}" for tab in ("", "/groups", "/times", "/sites", "/data")),
            *(f"#/g/{CAMPAIGN}/step1/{group}" for group in ("1", "2", "saturated.1")),
            f"#/g/{CAMPAIGN}/step1/1/w00",
            "#/find?q=visit%3A1002",
        ):
            page.open(site + address)
            assert page.complaints() == [], address
            assert "can't be shown" not in page.value("document.querySelector('main').innerText"), address
        assert "step1/1" in page.value("document.querySelector('main').innerText")
