"""Who may see the pages, and what a request may do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from genred.cli.main import main
from genred.config.schema import WebConfig
from genred.errors import ConfigError
from genred.exit_codes import ExitCode
from genred.web.app import make_app
from genred.web.board import Board
from genred.web.security.allowance import VisitAllowance
from genred.web.security.exposure import check_exposure
from genred.web.security.password import is_password, read_hash, write_password
from genred.web.security.proxies import Proxied, read_networks
from genred.web.security.sessions import COOKIE, Sessions, signing_key

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

KEY = b"k" * 32


class NoFeed:
    """A feed that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def command(self, station: str, command: dict[str, Any]) -> bool:
        self.sent.append((station, command))
        return True


def refuse(*_: object) -> int:
    raise PermissionError(13, "Permission denied")


def client(settings: WebConfig | None = None, *, base_url: str = "http://localhost", **options: Any) -> TestClient:
    app = make_app(settings or WebConfig(), Board({"one": "One"}), key=KEY)
    app.inner.state.feed = NoFeed()  # type: ignore[attr-defined]
    return TestClient(app, base_url=base_url, follow_redirects=False, **options)


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    write_password(path, "sesame")
    return path


def test_without_a_password_only_our_own_names_are_served() -> None:
    assert client().get("/").status_code == 200
    assert client(base_url="http://127.0.0.1:8080").get("/").status_code == 200
    assert client(base_url="http://[::1]:8080").get("/").status_code == 200
    rebound = client(base_url="http://evil.example").get("/")
    assert rebound.status_code == 421
    assert "web.host_names" in rebound.text
    assert client(WebConfig(host_names=("pi.local",)), base_url="http://pi.local").get("/").status_code == 200


def test_every_answer_forbids_what_is_inline_or_from_elsewhere() -> None:
    for path in ("/", "/wall", "/nothing", "/healthz", "/static/app.css"):
        headers = client().get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_no_page_has_anything_inline() -> None:
    for path in ("/", "/wall", "/login", "/nothing"):
        text = client().get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(src=|application/json))", text)
        assert not re.search(r"""(src|href|action)=["']https?://""", text)


def test_with_a_password_nothing_is_shown_before_it_is_given(password_file: Path) -> None:
    with client(WebConfig(password_file=str(password_file))) as browser:
        asked = browser.get("/wall?x=1", headers={"accept": "text/html"})
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/wall%3Fx%3D1")
        assert browser.get("/events").status_code == 401
        assert browser.get("/healthz").status_code == 200
        wrong = browser.post("/login", data={"password": "guess"})
        assert wrong.status_code == 401
        assert "Wrong password" in wrong.text
        right = browser.post("/login?next=/wall%3Fx%3D1", data={"password": "sesame"})
        assert (right.status_code, right.headers["location"]) == (303, "/wall?x=1")
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert browser.get("/wall").status_code == 200
        browser.post("/logout", headers={"sec-fetch-site": "same-origin"})
        assert browser.get("/wall", headers={"accept": "text/html"}).status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/x\r\ny", "//[x"]
)
def test_a_login_leads_to_no_other_site(password_file: Path, target: str) -> None:
    browser = client(WebConfig(password_file=str(password_file)))
    answer = browser.post("/login", params={"next": target}, data={"password": "sesame"})
    assert answer.headers["location"] == "/"


def test_a_request_that_no_browser_sends_is_refused_and_is_no_fault_of_ours(password_file: Path) -> None:
    assert client().get("/", headers={"host": "[x"}).status_code == 421
    with_password = client(WebConfig(password_file=str(password_file)))
    assert with_password.get("/login", params={"next": "//[x"}).status_code == 200
    assert with_password.post("/login", data={"password": "x"}, headers={"origin": "http://[x"}).status_code == 403
    assert with_password.post("/login", content="a=b&" * 20).status_code == 401
    assert client(WebConfig(control=True)).get("/stations", headers={"host": "[x"}).status_code == 421


def test_passwords_cannot_be_tried_without_end(password_file: Path) -> None:
    browser = client(WebConfig(password_file=str(password_file)))
    found = [browser.post("/login", data={"password": str(number)}).status_code for number in range(8)]
    assert found[:5] == [401] * 5
    assert found[5:] == [429] * 3
    assert browser.post("/login", data={"password": "sesame"}).status_code == 429


def test_a_made_up_or_old_cookie_is_worth_nothing(password_file: Path) -> None:
    browser = client(WebConfig(password_file=str(password_file)))
    for cookie in ("x", Sessions(b"another key", read_hash(str(password_file))).issue(), Sessions(KEY, "old").issue()):
        browser.cookies.set(COOKIE, cookie)
        assert browser.get("/wall").status_code == 401
    browser.cookies.set(COOKIE, Sessions(KEY, read_hash(str(password_file))).issue())
    assert browser.get("/wall").status_code == 200


def test_another_site_can_make_a_browser_change_nothing() -> None:
    settings = WebConfig(control=True)
    command = {"enabled": False}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ):
        assert client(settings).post("/stations/one/command", json=command, headers=headers).status_code == 403
    for headers in ({"sec-fetch-site": "same-origin"}, {"origin": "http://localhost"}, {}):
        assert client(settings).post("/stations/one/command", json=command, headers=headers).status_code == 202


def test_stations_are_switched_only_where_that_is_allowed() -> None:
    refused = client().post("/stations/one/command", json={"enabled": False})
    assert refused.status_code == 403
    assert "web.control" in refused.json()["error"]
    allowed = client(WebConfig(control=True))
    assert allowed.post("/stations/two/command", json={"enabled": False}).status_code == 404
    for body in (b"", b"{}", b'{"enabled": 1}', b'{"enabled": true, "reset": true}', b'{"shell": "x"}', b"x" * 10_000):
        assert allowed.post("/stations/one/command", content=body).status_code == 400
    assert allowed.post("/stations/one/command", json={"reset": True}).status_code == 202


def test_headers_of_a_proxy_are_believed_of_trusted_ones_only() -> None:
    def address(settings: WebConfig, peer: str, **headers: str) -> str:
        app = make_app(settings, Board({}), key=KEY)
        browser = TestClient(app, base_url="http://localhost", client=(peer, 1), follow_redirects=False)
        return re.search(r'data-base="([^"]*)"', browser.get("/", headers=headers).text)[1]  # type: ignore[index]

    ingress = {"x-ingress-path": "/api/hassio_ingress/abc"}
    trusting = WebConfig(trusted_proxies=("172.30.32.0/24",))
    assert address(trusting, "172.30.32.2", **ingress) == "/api/hassio_ingress/abc"
    assert address(trusting, "10.0.0.1", **ingress) == ""
    assert address(trusting, "172.30.32.2", **{"x-forwarded-prefix": "/radio/"}) == "/radio"
    for hostile in ('/"><script>', "//evil.example", "/a b", "/" + "x" * 300, "/../x\r\n"):
        assert address(trusting, "172.30.32.2", **{"x-ingress-path": hostile}) == ""
    assert address(WebConfig(base_path="/radio"), "127.0.0.1") == "/radio"


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (["192.0.2.7"], "192.0.2.7"),
        # What a visitor made up comes before what the proxy has appended.
        (["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
        (["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
        (["198.51.100.1, 10.0.0.1, 192.0.2.7, 10.0.0.2"], "192.0.2.7"),
        (["192.0.2.7:4711"], "192.0.2.7"),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["2001:db8::7, 10.0.0.2:80"], "2001:db8::7"),
        (["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
        ([""], "10.0.0.1"),
        ([], "10.0.0.1"),
    ],
)
def test_a_visitor_is_whom_a_trusted_proxy_itself_has_seen(lines: list[str], address: str) -> None:
    async def name_visitor(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(scope["state"]["visitor"].address)(scope, receive, send)

    browser = TestClient(Proxied(name_visitor, read_networks(["10.0.0.0/24"])), client=("10.0.0.1", 1))
    headers = [("x-forwarded-for", line) for line in lines]
    assert browser.get("/", headers=headers).text == address


def test_who_makes_up_addresses_before_a_proxy_appends_is_one_visitor(password_file: Path) -> None:
    settings = WebConfig(password_file=str(password_file), trusted_proxies=("10.0.0.1",))
    browser = client(settings, client=("10.0.0.1", 1))
    codes = [
        browser.post(
            "/login", data={"password": "guess"}, headers={"x-forwarded-for": f"198.51.100.{number}, 192.0.2.7"}
        ).status_code
        for number in range(6)
    ]
    assert codes == [401] * 5 + [429]


def test_a_scheme_and_a_prefix_are_what_the_proxy_appended() -> None:
    async def show(scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["state"]
        await PlainTextResponse(f"{state['visitor'].secure} {state['base']}")(scope, receive, send)

    browser = TestClient(Proxied(show, read_networks(["10.0.0.1"])), client=("10.0.0.1", 1))
    headers = {"x-forwarded-proto": "http, https", "x-forwarded-prefix": "/made-up, /radio"}
    assert browser.get("/", headers=headers).text == "True /radio"


def test_a_reverse_proxy_may_log_people_in() -> None:
    settings = WebConfig(user_header="Remote-User", trusted_proxies=("127.0.0.1",))
    app = make_app(settings, Board({}), key=KEY)
    by_proxy = TestClient(app, base_url="http://radio.example", client=("127.0.0.1", 1))
    assert by_proxy.get("/", headers={"remote-user": "ada"}).status_code == 200
    assert by_proxy.get("/").status_code == 401
    from_outside = TestClient(app, base_url="http://radio.example", client=("10.0.0.9", 1))
    assert from_outside.get("/", headers={"remote-user": "ada"}).status_code == 401


def test_an_open_address_needs_a_password(password_file: Path) -> None:
    for address in ("0.0.0.0", "::", "192.168.1.5", "pi.local"):
        with pytest.raises(ConfigError, match="is open to the network, which needs a password"):
            check_exposure(WebConfig(address=address))
        check_exposure(WebConfig(address=address, password_file=str(password_file)))
    for address in ("127.0.0.1", "::1", "localhost"):
        check_exposure(WebConfig(address=address))
    with pytest.raises(ConfigError, match=r"^--address: 0\.0\.0\.0 is open"):
        check_exposure(WebConfig(), "0.0.0.0")
    check_exposure(WebConfig(address="0.0.0.0"), "127.0.0.1")
    with pytest.raises(ConfigError, match="trusted_proxies"):
        check_exposure(WebConfig(user_header="Remote-User"))


def test_only_the_hash_of_a_password_is_kept(password_file: Path, tmp_path: Path) -> None:
    assert "sesame" not in password_file.read_text()
    assert password_file.stat().st_mode & 0o077 == 0
    hash_ = read_hash(str(password_file))
    assert is_password(hash_, "sesame")
    assert not is_password(hash_, "")
    (tmp_path / "plain").write_text("sesame\n")
    with pytest.raises(ConfigError, match="write one with: genred web-password"):
        read_hash(str(tmp_path / "plain"))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_hash(str(tmp_path / "none"))


def test_the_key_of_cookies_is_made_once(tmp_path: Path) -> None:
    assert signing_key(tmp_path) == signing_key(tmp_path)
    assert (tmp_path / "web-key").stat().st_mode & 0o077 == 0
    assert len(signing_key(tmp_path / "web-key" / "no folder")) == 32


@pytest.mark.parametrize("rest", [b"", b"half a key", b"k" * 33])
def test_a_key_of_which_only_part_was_written_is_made_anew(tmp_path: Path, rest: bytes) -> None:
    (tmp_path / "web-key").write_bytes(rest)
    key = signing_key(tmp_path)
    assert (tmp_path / "web-key").read_bytes() == key == signing_key(tmp_path)
    assert len(key) == 32


def test_a_key_in_a_read_only_place_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = signing_key(tmp_path)
    monkeypatch.setattr("genred.web.security.sessions.os.open", refuse)
    assert signing_key(tmp_path) == key


def test_a_password_that_is_changed_is_nobody_elses_and_its_link_stays(tmp_path: Path) -> None:
    path, link = tmp_path / "password", tmp_path / "link"
    link.symlink_to(path)
    path.touch(0o644)
    (tmp_path / "password.new").touch(0o644)
    write_password(link, "sesame")
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert is_password(read_hash(str(path)), "sesame")


def test_who_asks_too_often_waits() -> None:
    now = [0.0]
    allowance = VisitAllowance(3, 0.5, lambda: now[0])
    assert [allowance.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]
    assert allowance.take("b") == 0.0
    now[0] = 2.0
    assert allowance.take("a") == 0.0


def test_a_password_is_written_by_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "password"
    answers = iter(["long enough", "long enough"])
    monkeypatch.setattr("getpass.getpass", lambda *_: next(answers))
    assert main(["web-password", str(path)]) == ExitCode.OK
    assert "password_file" in capsys.readouterr().out
    assert is_password(read_hash(str(path)), "long enough")
    answers = iter(["one of them", "another one"])
    assert main(["web-password", str(path)]) != ExitCode.OK
    assert "differ" in capsys.readouterr().err
