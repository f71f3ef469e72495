"""No test, and no program a test starts, reaches past loopback."""

import socket
import subprocess
import sys
import urllib.request

import pytest
from pytest_socket import SocketConnectBlockedError

from local_aws import LocalAws
from tests.support.timeouts import HANG_S

OUTSIDE = ("192.0.2.1", 80)  # RFC 5737: documentation only, nobody answers there


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_a_connection_past_loopback_is_refused_in_the_tests_process() -> None:
    """pytest-socket stops a connection to an outside address before it is tried."""
    with socket.socket() as connection, pytest.raises(SocketConnectBlockedError):
        connection.connect(OUTSIDE)


def test_a_program_started_by_a_test_has_no_way_out(loopback_network: bool) -> None:
    """In a child process an outside address is unreachable at once, and loopback is not."""
    if not loopback_network:
        pytest.skip("this machine forbids network namespaces; only pytest-socket guards here")
    program = f"""
import errno, socket
with socket.socket() as outside:
    outside.settimeout({HANG_S})
    try:
        outside.connect({OUTSIDE!r})
    except OSError as error:
        assert error.errno == errno.ENETUNREACH, error
    else:
        raise SystemExit("connected to the outside")
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), timeout={HANG_S}).close()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=HANG_S
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_local_aws_listens_on_loopback_only(local_aws_server: LocalAws) -> None:
    """Its URL is 127.0.0.1, and the kernel shows no listener of its port on another address."""
    port = int(local_aws_server.url.rsplit(":", 1)[1])
    assert local_aws_server.url == f"http://127.0.0.1:{port}"
    with open("/proc/net/tcp") as table:  # noqa: PTH123 - not a regular file
        listeners = [
            line.split()[1] for line in table if line.split()[3] == "0A" and f":{port:04X}" in line
        ]
    assert listeners == [f"0100007F:{port:04X}"]


def test_a_request_without_a_signature_is_refused(local_aws_server: LocalAws) -> None:
    """Nobody reads a bucket without the key: the answer is S3's own, not a crash."""
    request = urllib.request.Request(f"{local_aws_server.url}/no-such-bucket-here?list-type=2")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=HANG_S)
    with refused.value:
        assert refused.value.code == 403
        assert b"<Code>AccessDenied</Code>" in refused.value.read()
