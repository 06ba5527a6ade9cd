"""The process that serves: killed, hung, failing again and again; what goes through it; and its end."""

from __future__ import annotations

import asyncio
import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hostile_world import Papers, configured, healthy, web_of

from build import START, new_store, settings, source
from feedhub.config.units import place
from feedhub.daemon import front
from feedhub.daemon.front import Begun, Front, kept
from feedhub.errors import FeedhubError, NotFound, QueryError, RulingError
from feedhub.model import Topic
from feedhub.processes import Started, spawned
from feedhub.web.server import address, listening
from process import Answer, address_of, called, children, feedhub, running, until

ERRORS = [
    NotFound("topic", "quake", ["quakes"]),
    RulingError("it is hidden already"),
    QueryError("a OR", 4, "a word is missing"),
]
TOKEN = "open sesame, please"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_goes_from_process_to_process_as_it_is(error: FeedhubError) -> None:
    told = pickle.loads(pickle.dumps(error))
    assert (type(told), str(told), vars(told)) == (type(error), str(error), vars(error))


def test_a_forked_process_sees_the_end_of_its_line() -> None:
    code = """
from feedhub.processes import forked
process, line = forked(lambda theirs: theirs.recv(1))
line.close()
process.join(10)
print(process.exitcode)
process.kill()
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "0\n"


def test_a_name_that_has_no_address_is_told_as_that() -> None:
    with (
        pytest.raises(FeedhubError, match=r"cannot listen on desk\.invalid:80: [^;]*[Nn]ame"),
        listening("desk.invalid", 80),
    ):
        pass


def test_every_address_is_of_either_family() -> None:
    with listening(*place(":0")) as places:
        found = {one.family: address(one) for one in places}
    assert found[socket.AF_INET].startswith("http://0.0.0.0:")
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    assert found[socket.AF_INET6].startswith("http://[::]:")


# --- by itself ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def opened(
    tmp_path: Path, database: bool = True, first: Started | None = None, **answers: Any
) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A front of a store: its address, and whether it serves."""
    chosen = settings(tmp_path / "feedhub.db", [source("herald")], [Topic(id="all", title="All", match="")])
    if database:
        store = new_store(chosen.database)
        store.configure(chosen, START)
        store.close()
    with listening("127.0.0.1", 0) as places:
        one = Front(chosen, places, first and Begun(first, chosen))
        one.trouble = None
        async with kept(one, answers):
            yield one.address, one.up
    assert not children()


@pytest.mark.slow
async def test_one_that_ended_before_it_was_told_where_to_serve_is_replaced(tmp_path: Path) -> None:
    process, line = spawned(socket.socket.close)
    process.join()
    async with opened(tmp_path, first=(process, line)) as (_, up):
        await up.wait()


@pytest.mark.slow
async def test_one_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "SILENT", 7.5)  # a start must not take longer, on a busy machine either
    async with opened(tmp_path) as (place, up), aiohttp.ClientSession() as session:
        await up.wait()
        (hung,) = children()
        os.kill(hung, signal.SIGSTOP)
        async with session.get(f"{place}/readyz") as answer:
            assert await answer.text() == "ready\n"
        assert hung not in children()


@pytest.mark.slow
async def test_one_that_was_silent_while_all_were_stopped_serves_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "SILENT", 7.5)
    async with opened(tmp_path) as (place, up), aiohttp.ClientSession() as session:
        await up.wait()
        serving = children()
        for process in serving:
            os.kill(process, signal.SIGSTOP)
        time.sleep(8)  # as this process was, too
        for process in serving:
            os.kill(process, signal.SIGCONT)
        async with session.get(f"{place}/readyz") as answer:
            assert await answer.text() == "ready\n"
        assert children() == serving


@pytest.mark.slow
async def test_one_that_ends_at_once_again_and_again_is_said_and_started_less_often(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def ended() -> list[str]:
        return [record.feedhub_keys["again"] for record in caplog.records if record.msg == "web.ended"]

    async with opened(tmp_path, database=False) as (_, up):
        while len(ended()) < 3:
            await asyncio.sleep(0.05)
        assert ended() == ["in 0 s", "in 1 s", "in 2 s"]
        assert not up.is_set()


# --- with the daemon ----------------------------------------------------------------------------------------


@pytest.fixture
def papers() -> Papers:
    return Papers(every=0.5)


@pytest.fixture
def config(papers: Papers, tmp_path: Path) -> Iterator[Path]:
    with healthy(papers) as place:
        sources = {f"paper-{n}": f"{place}/paper-{n}" for n in range(3)}
        file = configured(tmp_path, sources, min_interval='"1s"', max_interval='"1s"', per_host="50", workers="1")
        file.write_text(file.read_text().replace("[daemon]\n", f'[daemon]\nadmin_token = "{TOKEN}"\n'))
        yield file


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_one_that_is_killed_while_readers_ask_is_replaced_and_polls_go_on(config: Path, papers: Papers) -> None:
    with running(config) as process:
        address = address_of(config)
        before = until(lambda: web_of(process.pid), "serving")
        for _ in range(3):
            os.kill(web_of(process.pid), signal.SIGKILL)
            polled = papers.hits["paper-0"]
            until(lambda: _status(f"{address}/topics/all.atom") == 200, "answering again")
            until(lambda polled=polled: papers.hits["paper-0"] > polled, "polling on")
        assert web_of(process.pid) != before
        assert Answer(f"{address}/readyz").body == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stderr
        log = process.stderr.read()
    assert log.count("web.ended") == 3
    assert 'again="in 0 s"' in log
    assert "Traceback" not in log


@pytest.mark.slow
def test_a_daemon_that_hangs_is_not_ready(config: Path) -> None:
    with running(config) as process:
        os.kill(process.pid, signal.SIGSTOP)
        answer = Answer(f"{address_of(config)}/readyz")
        os.kill(process.pid, signal.SIGCONT)
        assert (answer.status, answer.body) == (503, b"the daemon has said nothing for 3 s\n")
        until(lambda: Answer(f"{address_of(config)}/readyz").status == 200, "readiness")


def _status(url: str) -> int:
    try:
        return Answer(url).status
    except (urllib.error.URLError, OSError):  # it was killed over this very request
        return 0


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_it_ends_with_a_daemon_that_is_killed_and_with_one_that_is_told_to_end(config: Path) -> None:
    port = int(address_of(config).rpartition(":")[2])
    process = subprocess.Popen(feedhub("run", "--config", config), stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:
        if "daemon.ready" in line:
            break
    web = web_of(process.pid)
    process.kill()
    process.communicate(timeout=15)  # until nobody holds its standard error
    until(lambda: not Path(f"/proc/{web}").exists(), "its end")
    socket.create_server(("127.0.0.1", port)).close()
    with running(config) as process:
        web = web_of(process.pid)
        os.kill(web, signal.SIGINT)  # Ctrl-C goes to all: the daemon says when it is over
        assert Answer(f"{address_of(config)}/healthz").status == 200
    assert not Path(f"/proc/{web}").exists()
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.slow
def test_it_runs_with_the_standard_streams_closed(config: Path) -> None:
    command = feedhub("run", "--config", config)
    process = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command])
    until(lambda: _status(f"{address_of(config)}/readyz") == 200, "a start")
    process.terminate()
    assert process.wait(15) == 0


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_start_on_a_port_that_is_taken_says_so(config: Path) -> None:
    port = int(address_of(config).rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        failed = called("run", "--config", config)
    assert failed.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use; set daemon.listen" in failed.stderr


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_ruling_is_seen_by_the_next_request_and_one_that_fails_says_why(config: Path) -> None:
    place = address_of(config)
    with running(config):
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": place}
        ) as editor:

            async def text(path: str) -> str:
                async with editor.get(place + path) as answer:
                    return await answer.text()

            async def rule(verb: str, *names: str) -> tuple[int, str]:
                form = aiohttp.FormData([("verb", verb), *(("name", name) for name in names), ("back", "/")])
                async with editor.post(f"{place}/rule", data=form, allow_redirects=False) as answer:
                    return answer.status, await answer.text()

            while not (stories := re.findall(r"/stories/([0-9a-f-]{36})", await text("/topics/all.atom"))):
                await asyncio.sleep(0.1)
            async with editor.post(f"{place}/login", data={"token": TOKEN, "name": "desk"}) as answer:
                assert answer.status == 200
            for story in stories[:3]:
                assert (await rule("hide", story, ""))[0] == 303
                assert story not in await text("/topics/all.atom")
                assert (await rule("unhide", story, ""))[0] == 303
                assert story in await text("/topics/all.atom")
            status, page = await rule("pin", "nothing", "all")
            assert status == 409
            assert "<h1>It cannot be done</h1>\n<p>No " in page
