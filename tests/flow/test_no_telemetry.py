"""`make run` reports to nobody: none of its processes tries an address past loopback."""

import ipaddress
import json
import os
import re
import shutil
import urllib.request
from pathlib import Path

import pytest

from tests.support.local_run import local_run
from tests.support.timeouts import HANG_S

# -D: the tracer is a grandchild, so that signals reach the program; -f: and all it starts
CALLS = "connect,sendto,sendmsg,sendmmsg"
STRACE = ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-e", f"trace={CALLS}", "-o"]
ADDRESS = re.compile(r'(?:sin_addr=inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"')
LOOK_UP = re.compile(r'htons\(53\)|sun_path="[^"]*/systemd/resolve/')
# CI silences ONNX Runtime's telemetry by itself, and so would a person's own setting
SILENCING = {"CI", "ORT_DISABLE_TELEMETRY", "GITHUB_ACTIONS", "TF_BUILD", "JENKINS_URL"}


def tries_past_loopback(trace: str) -> list[str]:
    """Return the system calls that name a host past loopback, or look one up."""
    return [
        line
        for line in trace.splitlines()
        if LOOK_UP.search(line)
        or any(not ipaddress.ip_address(found).is_loopback for found in ADDRESS.findall(line))
    ]


@pytest.mark.parametrize(
    ("address", "is_try"),
    [
        ('AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")', False),
        ('AF_INET6, sin6_port=htons(80), inet_pton(AF_INET6, "::1", &sin6_addr)', False),
        ('AF_UNIX, sun_path="/run/x"', False),
        ('AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")', True),
        ('AF_INET6, sin6_port=htons(80), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)', True),
        ('AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")', True),
        ('AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"', True),
    ],
)
def test_a_try_is_seen_in_a_trace(address: str, is_try: bool) -> None:
    """A name's look-up is one too, also where the machine's own resolver answers."""
    line = f"9 connect(3, {{sa_family={address}}}, 16) = -1 ENETUNREACH (unreachable)"
    assert bool(tries_past_loopback(line)) == is_try


def test_make_run_tries_no_address_past_loopback(tmp_path: Path) -> None:
    """From its start over an explained verdict to its end; and nobody gets a lasting identifier."""
    if shutil.which("strace") is None and not os.environ.get("CI"):
        pytest.skip("strace is not installed; `make test` installs it where it runs as root")
    trace, home = tmp_path / "trace", tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in SILENCING}
    with local_run([*STRACE, str(trace)], {**environment, "HOME": str(home)}) as running:
        request = urllib.request.Request(
            f"{running.url}/review",
            json.dumps({"review": "A wonderful film", "explain": True}).encode(),
            {"Content-Type": "application/json", "Accept": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=HANG_S) as answer:
            assert json.load(answer)["sentiment"] == "positive"
        kept = [path for folder in (home, running.temporary) for path in folder.rglob("*")]
        assert [path for path in kept if ".cache" in path.parts or "deviceid" in path.name] == []
    assert list(home.rglob("*")) == []
    seen = trace.read_text("utf-8", "replace")
    assert 'inet_addr("127.0.0.1")' in seen  # the trace is of those who talk
    assert tries_past_loopback(seen) == []
