"""Two newsrooms never share a port without knowing."""

import socket

import pytest

from litfass.ports import claim_port
from shared.runtime.errors import ConfigurationFault

HOST = "127.0.0.1"


@pytest.fixture(autouse=True)
def own_locks(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_newsroom_that_is_about_to_listen_has_its_port_already():
    first, claim = claim_port(HOST, None)
    second, other = claim_port(HOST, None)
    assert second > first
    claim.close()
    other.close()


def test_a_port_is_free_again_when_its_newsroom_has_ended():
    port, claim = claim_port(HOST, 0)
    claim.close()
    again, claim = claim_port(HOST, port)
    assert again == port
    claim.close()


def test_a_port_that_was_asked_for_and_is_claimed_stops_the_start():
    port, claim = claim_port(HOST, 0)
    with pytest.raises(ConfigurationFault, match=f"Port {port} on 127.0.0.1 is taken"):
        claim_port(HOST, port)
    claim.close()


def test_a_port_that_another_program_listens_on_is_taken():
    with socket.socket() as program:
        program.bind((HOST, 0))
        program.listen()
        with pytest.raises(ConfigurationFault, match="taken"):
            claim_port(HOST, program.getsockname()[1])
