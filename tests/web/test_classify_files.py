"""What a call of the classify page's API may name: its own uploads, and no other file or address."""

from __future__ import annotations

import http.server
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import numpy as np
import pytest

from genred.web.classify.calls import MAX_BODY_BYTES, CallError, checked_call
from genred.web.classify.uploads import Uploads
from genred.web.security.password import write_password
from genred.web.security.sessions import COOKIE
from tests.cli.wav import write_wav
from tests.web.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("gradio")

META = {"_type": "gradio.FileData"}
PASSWORD = "sesame and more"


class Asked(http.server.ThreadingHTTPServer):
    """A server of the inner network that nobody is to be led to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
        self.requests = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        self.requests += 1
        super().process_request(request, client_address)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret.wav"


@pytest.fixture(scope="module")
def inner() -> Iterator[Asked]:
    with Asked() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of pages with a password, whose Gradio is loaded."""
    folder = tmp_path_factory.mktemp("server")
    write_password(folder / "password", PASSWORD)
    with serving(folder, f"{{password_file: {folder}/password}}") as served:
        with visitor(served.address) as first:
            first.get("/classify/").raise_for_status()
        yield served.address


@contextmanager
def visitor(server: str) -> Iterator[httpx.Client]:
    """Somebody who has logged in."""
    with httpx.Client(base_url=server, timeout=120, headers={"origin": server}) as client:
        client.post("/login", data={"password": PASSWORD})
        assert COOKIE in client.cookies
        yield client


@pytest.fixture(scope="module")
def ada(server: str) -> Iterator[httpx.Client]:
    with visitor(server) as client:
        yield client


@pytest.fixture(scope="module")
def bob(server: str) -> Iterator[httpx.Client]:
    with visitor(server) as client:
        yield client


@pytest.fixture(scope="module")
def upload(ada: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    song = write_wav(tmp_path_factory.mktemp("songs") / "song.wav", np.tile([0.1, -0.1], 40_000))
    (path,) = ada.post("/classify/gradio_api/upload", files={"files": (song.name, song.read_bytes())}).json()
    return str(path)


WAYS = ["call/classify", "call/v2/classify", "queue/join", "run/classify"]


def ask(client: httpx.Client, way: str, file: Any) -> httpx.Response:
    body: dict[str, Any] = {"data": [file, "student"], "session_hash": "abc", "fn_index": 1}
    if way == "call/v2/classify":
        body = {"file": file, "model": "student"}
    return client.post(f"/classify/gradio_api/{way}", json=body)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_stream", [False, True])
def test_no_call_leads_the_server_to_an_address(
    ada: httpx.Client, inner: Asked, upload: str, way: str, is_stream: bool
) -> None:
    for file in (
        {"path": inner.address, "meta": META, "is_stream": is_stream},
        {"url": inner.address, "meta": META},
        {"path": inner.address, "url": inner.address},
    ):
        answer = ask(ada, way, file)
        assert answer.status_code == 403
        assert "by the response to their upload" in answer.text
    followed = {"path": upload, "url": inner.address, "meta": META, "is_stream": is_stream}
    assert ask(ada, way, followed).status_code in {200, 500}
    assert inner.requests == 0


@pytest.mark.parametrize("way", WAYS)
def test_no_call_opens_a_file_of_the_machine(ada: httpx.Client, upload: str, way: str) -> None:
    folder = upload.rpartition("/")[0].rpartition("/")[0]
    for path in ("/etc/passwd", f"{folder}/../password", f"{upload}/../../../genred.yaml", folder, "", "a\0b", 7, None):
        assert ask(ada, way, {"path": path, "meta": META}).status_code == 403


@pytest.mark.parametrize("way", WAYS)
def test_nobody_classifies_or_reads_what_somebody_else_uploaded(
    ada: httpx.Client, bob: httpx.Client, upload: str, way: str
) -> None:
    assert ask(bob, way, {"path": upload, "meta": META}).status_code == 403
    assert bob.get(f"/classify/gradio_api/file={upload}").status_code == 403
    assert ada.get(f"/classify/gradio_api/file={upload}").status_code == 200


def test_files_are_served_of_the_uploads_folder_only(ada: httpx.Client, inner: Asked, upload: str) -> None:
    folder = upload.rpartition("/")[0].rpartition("/")[0]
    for path in ("/etc/passwd", inner.address, f"{folder}/../password", f"{folder}/..%2fgenred.yaml", folder, "%00"):
        assert ada.get(f"/classify/gradio_api/file={path}").status_code == 403
    for path in (f"file/{upload}", f"proxy={inner.address}", "component_server", "stream/x", "api/classify"):
        assert ada.get(f"/classify/gradio_api/{path}").status_code == 404
    assert inner.requests == 0


def test_no_model_is_a_file(ada: httpx.Client, upload: str) -> None:
    body = {"data": [{"path": upload, "meta": META}, "/etc/passwd"]}
    answer = ada.post("/classify/gradio_api/run/classify", json=body)
    assert answer.status_code == 500
    assert "root:" not in answer.text


def test_nothing_of_gradio_is_there_for_who_has_not_logged_in(server: str, upload: str) -> None:
    with httpx.Client(base_url=server, timeout=120) as stranger:
        for path in ("", "config", "gradio_api/info", f"gradio_api/file={upload}", "gradio_api/heartbeat/x"):
            assert stranger.get(f"/classify/{path}").status_code == 401
        for way in WAYS:
            assert ask(stranger, way, {"path": upload, "meta": META}).status_code == 401
        assert stranger.post("/classify/gradio_api/upload", files={"files": b"x"}).status_code == 401


def test_another_site_can_call_nothing(ada: httpx.Client, upload: str) -> None:
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = ada.post("/classify/gradio_api/call/classify", json={"data": []}, headers=headers)
        assert answer.status_code == 403


def test_a_call_is_small_json(ada: httpx.Client) -> None:
    assert ada.post("/classify/gradio_api/call/classify", content=b"{").status_code == 400
    assert ada.post("/classify/gradio_api/call/classify", content=b"[" * 100_000).status_code == 400
    assert ada.post("/classify/gradio_api/call/classify", content=b"x" * (MAX_BODY_BYTES + 1)).status_code == 413


def test_of_a_file_only_its_path_and_name_are_handed_on() -> None:
    file = {"path": "/up/a.wav", "orig_name": "a.wav", "url": "http://x/", "is_stream": True, "meta": META, "size": 1}
    checked = msgspec.json.decode(checked_call(msgspec.json.encode({"data": [[file], 1]}), {"/up/a.wav"}.__contains__))
    assert checked == {"data": [[{"path": "/up/a.wav", "orig_name": "a.wav", "meta": META}], 1]}
    with pytest.raises(CallError, match="nested too deeply"):
        checked_call(b"[" * 40 + b"]" * 40, lambda _: True)


def test_uploads_belong_to_all_who_brought_the_same_and_are_forgotten_when_deleted(tmp_path: Path) -> None:
    song, example, other = (tmp_path / name for name in ("song", "example", "other"))
    for path in (song, example, other):
        path.write_bytes(b"x")
    uploads = Uploads(tmp_path, frozenset({example.resolve()}))
    uploads.add(str(song), "ada")
    uploads.add(str(song), "bob")
    assert uploads.may_classify(str(song), "ada")
    assert uploads.may_classify(str(song), "bob")
    assert not uploads.may_classify(str(song), "eve")
    assert not uploads.may_read(str(song), "eve")
    assert uploads.may_classify(str(example), "eve")
    assert uploads.may_read(str(other), "eve")
    assert not uploads.may_classify(str(other), "ada")
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert not uploads.may_read(str(tmp_path / "link"), "ada")
    song.unlink()
    assert not uploads.is_full
    assert not uploads.may_classify(str(song), "ada")


def test_what_is_coming_counts_as_if_it_were_there(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    (tmp_path / "hash").mkdir()
    (tmp_path / "hash" / "song").write_bytes(bytes(100))
    with uploads.coming(1_000):
        (tmp_path / "tmpa1b2").write_bytes(bytes(400))
        assert uploads.size_bytes == 1_100
        with uploads.coming(1_000):
            assert uploads.size_bytes == 2_100
        assert (tmp_path / "tmpa1b2").exists()
    assert not (tmp_path / "tmpa1b2").exists()
    assert uploads.size_bytes == 100
