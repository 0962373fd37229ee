"""Who may come in: the lab's server answers only to its own names, its own page and its token.

Any page in the same browser, and anyone on the same machine, can reach a server on a loopback
address. So, in this order, for HTTP and WebSocket alike:

1. the Host header is one of our names (else a name that is rebound to 127.0.0.1 would do): 400;
2. a WebSocket's Origin is our own page, or there is none and the token is in the query, as programs
   do it (browsers send an Origin always): 403;
3. the token is in the query, or its cookie was set: 403.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHORTEST_TOKEN = 16
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]
HOW_TO_GET_IN = (
    "To get in, open the whole address that 'glassnet lab' printed when it started; it ends with "
    "?token= and the token.\n"
)
# The page's own address is gone to by the page, not by a redirect: a browser that follows a link
# from elsewhere keeps a SameSite=Strict cookie back through all redirects, but not after them.
WELCOME = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>glassnet lab</title>'
    '<link rel="icon" href="/icon.svg"><meta http-equiv="refresh" content="0; url=/">'
    '<p><a href="/">To the lab</a></p></html>\n'
)


@dataclass
class Keys:
    """What opens the lab on a port. token: for ever; passes: each for one time, the browser that
    is opened for the person gets one, since others can read a program's arguments."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    passes: set[str] = field(default_factory=set)

    @property
    def cookie_name(self) -> str:
        """The cookie's name; browsers keep no cookies apart by port, two labs must not collide."""
        return f"glassnet-lab-{self.port}"

    @property
    def cookie(self) -> str:
        """The cookie's value: it shows that the token was known, and does not tell it."""
        return hmac.new(self.token.encode(), b"glassnet lab cookie", sha256).hexdigest()

    def new_pass(self) -> str:
        """A token that opens one time."""
        made = secrets.token_urlsafe(32)
        self.passes.add(made)
        return made

    def opens(self, token: str) -> bool:
        """Whether a token from a query opens; a pass is used up by it."""
        if same(token, self.token):
            return True
        for each in list(self.passes):
            if same(token, each):
                self.passes.discard(each)
                return True
        return False


def same(one: str, other: str) -> bool:
    """Compare in a time that tells nothing of where they differ."""
    return secrets.compare_digest(one.encode("utf-8", "replace"), other.encode())


class Gate:
    """The middleware. names: hosts besides the loopback ones, without a port."""

    def __init__(self, app: ASGIApp, keys: Keys, names: tuple[str, ...] = ()) -> None:
        self._app, self._keys = app, keys
        own = ["127.0.0.1", "localhost", "[::1]"]
        with_port = [f"{name}:{keys.port}" for name in (*own, *names)]
        bare = [*names, *(own if keys.port == 80 else [])]
        self._hosts = {name.lower() for name in with_port + bare}
        self._origins = {f"http://{host}" for host in self._hosts}
        # Behind a proxy that speaks TLS.
        self._origins |= {f"https://{host.lower()}" for name in names
                          for host in (name, f"{name}:{keys.port}")}  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it in, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        answer = self._answer(scope)
        if scope["type"] == "websocket":
            if answer is None:
                await self._app(scope, receive, send)
            else:
                await refuse(answer, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        app = self._app if answer is None else answer
        await app(scope, receive, send_with_headers)

    def _answer(self, scope: Scope) -> Response | None:
        """What one who is not let in gets to hear; None: come in."""
        hosts = header(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return PlainTextResponse("This is not the name of this server.\n", 400)
        query = dict(parse_qsl(scope["query_string"].decode("ascii", "replace")))
        by_token = "token" in query and self._keys.opens(query["token"])
        if scope["type"] == "websocket":
            origins = header(scope, b"origin")
            ours = len(origins) == 1 and origins[0].lower() in self._origins
            if not ours and (origins or not by_token):
                return PlainTextResponse("The lab talks to its own page only.\n", 403)
        if not by_token and ("token" in query or not self._has_cookie(scope)):
            return PlainTextResponse(HOW_TO_GET_IN, 403)
        if scope["type"] == "http":
            if scope["method"] not in ("GET", "HEAD"):
                return PlainTextResponse("Only GET and HEAD.\n", 405, {"Allow": "GET, HEAD"})
            if by_token:
                return self._welcome(scope)
        return None

    def _has_cookie(self, scope: Scope) -> bool:
        for line in header(scope, b"cookie"):
            try:
                found = SimpleCookie(line).get(self._keys.cookie_name)
            except CookieError:
                continue
            if found is not None and same(found.value, self._keys.cookie):
                return True
        return False

    def _welcome(self, scope: Scope) -> Response:
        """Set the cookie and go to the page, so that the token leaves the address bar."""
        answer = HTMLResponse(WELCOME)
        answer.set_cookie(
            self._keys.cookie_name, self._keys.cookie, path="/", httponly=True, samesite="strict",
            secure=header(scope, b"x-forwarded-proto") == ["https"],
        )  # fmt: skip
        return answer


def header(scope: Scope, name: bytes) -> list[str]:
    """All values of a header."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


async def refuse(answer: Response, send: Send) -> None:
    """Answer a WebSocket's handshake like a request, before it is accepted."""
    headers = [*answer.raw_headers, *HEADERS]
    await send({"type": "websocket.http.response.start", "status": answer.status_code,
                "headers": headers})  # fmt: skip
    await send({"type": "websocket.http.response.body", "body": answer.body})
