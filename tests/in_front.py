"""nginx and Caddy on loopback, before a site, configured by the very words of the documentation."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from pwd import getpwuid

import aiohttp
import pytest

from internet import Everywhere
from process import free_port

ROOT = Path(__file__).resolve().parents[1]

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # where also servers lie that root starts

# What a distribution's own file sets around its sites; all that is written goes below the prefix.
_NGINX = """
user %s; daemon off; pid nginx.pid; error_log stderr;
events {}
http {
access_log off; gzip on;
client_body_temp_path body; proxy_temp_path proxied; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
%s
}
"""
_CADDY = """
{
    https_port %d
    http_port %d
    admin off
    local_certs
    skip_install_trust
}
%s
"""


def _needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if not shutil.which(program, path=_PATH)]
    return pytest.mark.skipif(bool(missing), reason=f"needs {' and '.join(missing)}")


NEEDS_NGINX, NEEDS_CADDY = _needs("nginx", "openssl"), _needs("caddy")


def documented(language: str) -> list[str]:
    """The configurations in docs/operations.md."""
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def nginx_below(path: str, *, strips: bool) -> str:
    """The second of nginx's, which is what the first one serves for `/`, for another path."""
    whole, locations = documented("nginx")
    locations = locations.replace("/news", path)
    if strips:
        locations = locations.replace("//feedhub;", "//feedhub/;")
    return re.sub(r" *location / \{.*?\n    \}\n", lambda _: locations, whole, flags=re.S)


def caddy_below(path: str, *, strips: bool) -> str:
    """Caddy's, for another path."""
    (whole,) = documented("caddy")
    written = whole.replace("/news", path)
    return written.replace("handle ", "handle_path ") if strips else written


@asynccontextmanager
async def nginx(written: str, site: str, directory: Path) -> AsyncIterator[str]:
    """nginx before a site while the context is open; gives its address."""
    port, certificate, key = free_port(), directory / "nginx.pem", directory / "nginx.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-subj", "/CN=test", "-out", certificate, "-keyout", key),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    put = {
        "listen 443": f"listen 127.0.0.1:{port}",
        "127.0.0.1:8080": site.removeprefix("http://"),
        "/etc/ssl/news.example.org.pem": str(certificate),
        "/etc/ssl/private/news.example.org.key": str(key),
    }
    file = directory / "nginx.conf"
    file.write_text(_NGINX % (getpwuid(os.getuid()).pw_name, _put(written, put)))
    name = _only(r"server_name (\S+);", written)
    async with _running(name, port, "nginx", "-p", str(directory), "-c", str(file)) as origin:
        yield origin


@asynccontextmanager
async def caddy(written: str, site: str, directory: Path) -> AsyncIterator[str]:
    """The same with Caddy."""
    port, file = free_port(), directory / "Caddyfile"
    file.write_text(_CADDY % (port, free_port(), _put(written, {"127.0.0.1:8080": site.removeprefix("http://")})))
    own = {"XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
    name = _only(r"^(\S+) {", written)
    async with _running(name, port, "caddy", "run", "--adapter", "caddyfile", "--config", str(file), **own) as origin:
        yield origin


def visitors() -> aiohttp.TCPConnector:
    """Connections of those who find every name here, and believe every certificate."""
    return aiohttp.TCPConnector(resolver=Everywhere(), ssl=False)


def _put(text: str, others: Mapping[str, str]) -> str:
    for old, new in others.items():
        assert old in text
        text = text.replace(old, new)
    return text


def _only(pattern: str, text: str) -> str:
    (found,) = re.findall(pattern, text, re.M)
    return str(found)


@asynccontextmanager
async def _running(name: str, port: int, *command: str, **environment: str) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *command, env={"PATH": _PATH, **environment}, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr
    said = asyncio.create_task(process.stderr.read())
    try:
        while not await _answers(name, port):
            assert process.returncode is None, (await said).decode()
            await asyncio.sleep(0.02)
        yield f"https://{name}:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await said


async def _answers(name: str, port: int) -> bool:
    """Whether it can be spoken with: Caddy listens before it has a certificate."""
    secured = ssl.create_default_context()
    secured.check_hostname, secured.verify_mode = False, ssl.CERT_NONE
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=secured, server_hostname=name)
    except OSError:
        return False
    writer.close()
    return True
