"""Behind a reverse proxy's path, every address of the pages begins with it, and no page has anything inline."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from genred.config.schema import WebConfig
from genred.web.app import make_app
from genred.web.board import Board
from tests.web.material import DAY, hostile_log, record

PATHS = [
    "/airplay",
    f"/airplay?station=one&day={DAY}",
    f"/airplay?station=one&day={DAY}&at=2026-11-22T12:00:00Z",
    f"/airplay/entries?station=one&day={DAY}",
    f"/reports?station=one&kind=week&date={DAY}",
    "/reports?station=one&date=2026-10-01",
    "/reports?station=three",
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    log = hostile_log(tmp_path_factory.mktemp("log"))
    record(log)
    app = make_app(WebConfig(base_path="/radio"), Board({}), key=b"k" * 32)
    app.inner.state.log_path = log  # type: ignore[attr-defined]
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


@pytest.mark.parametrize("path", PATHS)
def test_every_address_begins_with_the_path_of_the_proxy(pages: TestClient, path: str) -> None:
    text = pages.get(path).text
    addresses = re.findall(r"""\s(?:href|src|action|data-api)=["']([^"'#]+)""", text)
    assert addresses
    assert [one for one in addresses if not one.startswith("/radio/")] == []


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_inline_and_the_policy_says_so(pages: TestClient, path: str) -> None:
    answer = pages.get(path)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", answer.text)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
