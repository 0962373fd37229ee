"""A server that dies under an open page: the page says so, finds the next one by itself, and opens
again what was set."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from browser.driving import PATIENCE, Lab

TOKEN = "a-token-for-the-test-alone"


class Server:
    """A lab that can be killed and started again at the same address."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/?token={TOKEN}"
        self._command = [
            sys.executable,
            "-m",
            "glassnet",
            "lab",
            "--no-browser",
            "--port",
            str(port),
        ]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=os.environ | {"GLASSNET_TOKEN": TOKEN},
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("http")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def server(built_page: object) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Server(port)
    yield made
    made.kill()


def test_the_setting_is_open_again_after_the_server_died(browser: Browser, server: Server) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    lab = Lab(page, server.address).choose("moons", "2-8-2")
    lab.fill("Seed", 17)
    lab.steps(2)
    server.kill()
    expect(page.get_by_text("does not answer")).to_be_visible(timeout=PATIENCE)
    server.start()
    expect(page.get_by_text("Its setting is open again")).to_be_visible(timeout=PATIENCE)
    lab.wait_for_step(0)
    expect(lab.field("Seed")).to_have_value("17")
    assert lab.shape.startswith("2-8-2")
    lab.steps(1)
    page.context.close()
