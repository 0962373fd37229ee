"""Who may come in: every way that is known to get past a server on the loopback address."""

import re
import socket

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from glassnet.lab.server.gate import HOW_TO_GET_IN, Keys, same
from lab.serving import PAGE, TOKEN, Lab, Page

PATHS = ["/", "/index.html", "/lab.js", "/assets/lab.css", "/nothing", "/ws", "/?session=x"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["", "token=", "token=wrong", f"token={TOKEN}x", "token=%ff"])
def test_without_the_token_every_path_says_how_to_get_in(lab: Lab, path: str, query: str) -> None:
    status, headers, body = lab.get(f"{path}{'&' if '?' in path else '?'}{query}")
    assert (status, body) == (403, HOW_TO_GET_IN)
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "cookie",
    ["", "glassnet-lab-{port}=wrong", "glassnet-lab-{port}=", "glassnet-lab-1={value}", "{value}",
     "glassnet-lab-{port}=\xff", "a=b; c", "=;=;", "glassnet-lab-{port}=" + TOKEN],
)  # fmt: skip
def test_a_wrong_cookie_is_none(lab: Lab, cookie: str) -> None:
    given = cookie.format(port=lab.port, value=lab.keys.cookie)
    assert lab.get("/", Cookie=given)[0] == 403
    assert lab.shake(Origin=f"http://{lab.own}", Cookie=given) == 403


def test_the_token_sets_a_cookie_and_leaves_the_address_bar(lab: Lab) -> None:
    status, headers, body = lab.get(f"/?token={TOKEN}")
    assert status == 200
    assert '<meta http-equiv="refresh" content="0; url=/">' in body
    name, *flags = headers["set-cookie"].split("; ")
    assert name == lab.cookie and str(lab.port) in name
    assert TOKEN not in headers["set-cookie"] + body
    assert {flag.lower() for flag in flags} == {"httponly", "path=/", "samesite=strict"}
    assert lab.get("/", Cookie=name)[2] == PAGE["index.html"]
    assert lab.get("/", Cookie=f"other=1; {name}; more=2")[0] == 200


def test_behind_tls_the_cookie_is_for_tls_alone(lab: Lab) -> None:
    headers = lab.get(f"/?token={TOKEN}", host="lab.school.example", X_Forwarded_Proto="https")[1]
    assert "; Secure" in headers["set-cookie"]


def test_a_wrong_token_is_refused_though_the_cookie_is_right(lab: Lab) -> None:
    assert lab.get("/?token=wrong", Cookie=lab.cookie)[0] == 403


def test_a_pass_opens_one_time() -> None:
    keys = Keys(1)
    one, other = keys.new_pass(), keys.new_pass()
    assert [keys.opens(one), keys.opens(one), keys.opens(other)] == [True, False, True]
    assert keys.opens(keys.token) and keys.opens(keys.token)
    assert not keys.opens("")
    assert len({Keys(1).token for _ in range(10)}) == 10


def test_words_of_every_kind_are_compared() -> None:
    assert same("a", "a")
    assert not any(same(word, "a") for word in ("", "b", "aa", "ä", "\udcff"))


HOSTS = [
    ("127.0.0.1:{port}", 200),
    ("localhost:{port}", 200),
    ("LOCALHOST:{port}", 200),
    ("[::1]:{port}", 200),
    ("lab.school.example", 200),
    ("lab.school.example:{port}", 200),
    ("evil.example:{port}", 400),
    ("evil.example", 400),
    ("127.0.0.1", 400),
    ("127.0.0.1:1", 400),
    ("127.0.0.1:{port}.evil.example", 400),
    ("localhost.evil.example:{port}", 400),
    ("evil.example@127.0.0.1:{port}", 400),
    ("lab.school.example.evil.example", 400),
    ("", 400),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_only_our_own_names_are_answered(lab: Lab, host: str, status: int) -> None:
    """A name of the attacker's that is rebound to 127.0.0.1 comes with its own Host."""
    given = host.format(port=lab.port)
    origin = f"http://{lab.own}"
    assert lab.get("/", host=given, Cookie=lab.cookie)[0] == status
    expected = 101 if status == 200 else status
    assert lab.shake(host=given, Origin=origin, Cookie=lab.cookie) == expected
    assert lab.get(f"/?token={TOKEN}", host=given)[0] == status


def test_two_hosts_are_none(lab: Lab) -> None:
    with socket.create_connection(("127.0.0.1", lab.port)) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\nHost: {lab.own}\r\nHost: evil.example\r\n\r\n".encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 400 ")


ORIGINS = [
    ("http://127.0.0.1:{port}", 101),
    ("http://localhost:{port}", 101),
    ("https://lab.school.example", 101),
    ("https://127.0.0.1:{port}", 403),
    ("http://127.0.0.1", 403),
    ("http://127.0.0.1:1", 403),
    ("http://evil.example", 403),
    ("http://evil.example:{port}", 403),
    ("http://127.0.0.1:{port}.evil.example", 403),
    ("http://127.0.0.1:{port}/", 403),
    ("null", 403),
    ("", 403),
    ("file://", 403),
]


@pytest.mark.parametrize(("origin", "status"), ORIGINS)
def test_a_websocket_is_for_our_own_page(lab: Lab, origin: str, status: int) -> None:
    """The cookie comes along with what any other port's page opens."""
    given = origin.format(port=lab.port)
    assert lab.shake(Origin=given, Cookie=lab.cookie) == status
    assert lab.shake(f"/ws?token={TOKEN}", Origin=given) == status


def test_an_origin_equal_to_a_rebound_host_does_not_help(lab: Lab) -> None:
    name = f"evil.example:{lab.port}"
    assert lab.shake(host=name, Origin=f"http://{name}", Cookie=lab.cookie) == 400


def test_a_program_comes_with_the_token_and_no_origin(lab: Lab) -> None:
    assert lab.shake(Cookie=lab.cookie) == 403
    assert lab.shake() == 403
    with connect(f"ws://{lab.own}/ws?token={TOKEN}", proxy=None) as raw:
        assert [frame.kind for frame in Page(raw).frames()] == ["session"]
    with pytest.raises(InvalidStatus), connect(f"ws://{lab.own}/ws?token=wrong", proxy=None):
        pass


def test_every_answer_has_the_headers_that_keep_a_page_safe(lab: Lab) -> None:
    for path, method in [("/", "GET"), ("/lab.js", "HEAD"), ("/nothing", "GET"), ("/", "POST")]:
        for cookie in (lab.cookie, ""):
            headers = lab.get(path, method, Cookie=cookie)[1]
            policy = dict(part.split(" ", 1) for part in
                          headers["content-security-policy"].split("; "))  # fmt: skip
            assert policy["default-src"] == "'none'"
            assert policy["script-src"] == policy["style-src"] == "'self'"
            assert policy["connect-src"] == "'self'"
            assert policy["img-src"] == "'self' data: blob:"
            for name in ("base-uri", "form-action", "frame-ancestors", "font-src"):
                assert policy[name] == "'none'"
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-frame-options"] == "DENY"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cache-control"] == "no-store"
            assert "server" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "NONE"])
def test_nothing_but_reading(lab: Lab, method: str) -> None:
    assert lab.get("/", method, Cookie=lab.cookie)[0] == 405
    assert lab.get("/", method)[0] == 403


@pytest.mark.parametrize("name", sorted(PAGE))
def test_the_files_of_the_page_are_given(lab: Lab, name: str) -> None:
    status, headers, body = lab.get(f"/{name}", Cookie=lab.cookie)
    assert (status, body) == (200, PAGE[name])
    kinds = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
    assert headers["content-type"].startswith(kinds[name.rpartition(".")[2]])
    status, headers, body = lab.get(f"/{name}", "HEAD", Cookie=lab.cookie)
    assert (status, body, headers["content-length"]) == (200, "", str(len(PAGE[name])))


ELSEWHERE = [
    "/../conftest.py", "/%2e%2e/conftest.py", "/%2e%2e%2fconftest.py", "/assets/../../x",
    "//etc/passwd", "/etc/passwd", "/%2fetc%2fpasswd", "/..%5c..%5cx", "/lab.js%00.css", "/lab.js/",
    "/assets", "/assets/", "/LAB.JS", "/%ff", "/.git/config", "/lab.js?x=../y/../../etc/passwd",
    "/" + "a" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_other_path_is_there(lab: Lab, path: str) -> None:
    status, _, body = lab.get(path, Cookie=lab.cookie)
    expected = (200, PAGE["lab.js"]) if "?" in path else (404, "There is no such page.\n")
    assert (status, body) == expected


def test_a_websocket_is_at_one_path(lab: Lab) -> None:
    assert lab.shake("/", Origin=f"http://{lab.own}", Cookie=lab.cookie) in (403, 404)
    assert lab.shake("/wss", Origin=f"http://{lab.own}", Cookie=lab.cookie) in (403, 404)


@pytest.mark.parametrize(
    "line",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
     b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", b"\r\n\r\n\r\n",
     b"GET / HTTP/1.1\r\n" + b"X-A: " + b"b" * 70000 + b"\r\n\r\n",
     b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n"],
)  # fmt: skip
def test_a_malformed_request_is_refused_in_silence(
    lab: Lab, line: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", lab.port)) as raw:
        raw.settimeout(5)
        try:
            raw.sendall(line)
            raw.shutdown(socket.SHUT_WR)
            answer = raw.recv(1000)
        except (TimeoutError, ConnectionError):
            answer = b""
    assert answer == b"" or re.match(rb"HTTP/1.1 4\d\d ", answer)
    assert lab.get("/", Cookie=lab.cookie)[0] == 200
    assert capfd.readouterr().err == ""
