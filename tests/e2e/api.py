"""A Messages API on loopback that says what a test has written down, and keeps what it was asked.

Requests of one session of the program form one call of a script. Each request takes the next turn of its call, whatever
it asks; one for which no turn is left gets an error that no retry helps, and `Api.surprises` tells of it.

It also stands in for the way to the rest of the world: the program is told to use it as its proxy, and every attempt to
go elsewhere is kept in `Api.strayed`, and refused.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from attrs import define, field, frozen

from tests.e2e.turns import Answer, Fault, Held, Silence, Torn, Turn

_WITHOUT_ANSWER = Fault(400, "invalid_request_error", "the test has no turn for this request")


@frozen
class Request:
    """One request: the prompt's own text, the session of the program, and the whole body."""

    session: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def texts(self) -> list[str]:
        """Every text and tool result that the model is shown, in order."""
        return [text for message in self.body["messages"] for text in _texts(message["content"])]

    @property
    def command(self) -> str | None:
        """The slash command that the program expanded."""
        for text in self.texts:
            if "<command-name>/" in text:
                return text.split("<command-name>/")[1].split("<")[0]
        return None

    def shows(self, words: str) -> bool:
        """Whether the model is shown these words anywhere."""
        return any(words in text for text in self.texts)


@define
class _Script:
    """What follows when ``key`` is asked for: calls, each a list of turns."""

    key: str
    calls: list[list[Turn]]


@define(eq=False)
class Api:
    """The scripts, and what came of them. Used by many threads at once."""

    requests: list[Request] = field(factory=list)
    surprises: list[str] = field(factory=list)
    strayed: list[str] = field(factory=list)
    _scripts: list[_Script] = field(factory=list)
    _calls: dict[str, list[Turn]] = field(factory=dict)
    _servers: list[ThreadingHTTPServer] = field(factory=list)
    _lock: threading.Lock = field(factory=threading.Lock)
    _asked: threading.Condition = field(factory=threading.Condition)
    gate: threading.Event = field(factory=threading.Event)
    """Opened by a test: what is held back goes on."""
    closing: threading.Event = field(factory=threading.Event)

    def on(self, key: str, *turns: Turn) -> Api:
        """The next call whose prompt is ``key`` (a slash command, or words that it contains) goes so."""
        with self._lock:
            for script in self._scripts:
                if script.key == key:
                    script.calls.append(list(turns))
                    return self
            self._scripts.append(_Script(key, [list(turns)]))
        return self

    def asked(self, times: int, within: float = 30) -> None:
        """Wait until so many requests have come."""
        with self._asked:
            came = self._asked.wait_for(lambda: len(self.requests) >= times, within)
        assert came, f"{len(self.requests)} requests within {within} s, not {times}"

    def serve(self, listener: socket.socket) -> None:
        """Answer on this listening socket from now on, until `close`."""
        server = _Server(listener, self)
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self.gate.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def left(self) -> list[str]:
        """Scripts that were not played to their end."""
        untouched = [f"{one.key}: {len(one.calls)} calls" for one in self._scripts if one.calls]
        return untouched + [f"{session}: {turns}" for session, turns in self._calls.items() if turns]

    def turn(self, request: Request) -> Turn:
        """What to answer. Notes the request."""
        with self._lock:
            if request.session not in self._calls:
                self._calls[request.session] = self._call(request)
            turns = self._calls[request.session]
            turn = turns.pop(0) if turns else None
        with self._asked:
            self.requests.append(request)
            self._asked.notify_all()
        if turn is None:
            self.surprises.append(f"{request.command or 'a prompt'}: {request.texts[-1][:300]}")
            return _WITHOUT_ANSWER
        return turn

    def _call(self, request: Request) -> list[Turn]:
        for script in self._scripts:
            is_meant = (
                request.command == script.key[1:] if script.key.startswith("/") else request.shows(script.key)
            )
            if is_meant and script.calls:
                return script.calls.pop(0)
        return []


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, listener: socket.socket, api: Api) -> None:
        super().__init__(listener.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The program went away in the middle of an answer, as one that is killed does."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        if self._strays() or not self.path.startswith("/v1/messages"):
            return self._fault(Fault(404, "not_found_error", f"there is no {self.path}"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        turn = self.server.api.turn(Request(headers.get("x-claude-code-session-id", ""), body, headers))
        return self._say(turn, streams=body.get("stream") is True)

    def do_GET(self) -> None:
        self._strays()
        self._fault(Fault(404, "not_found_error", f"there is no {self.path}"))

    do_HEAD = do_CONNECT = do_PUT = do_DELETE = do_GET

    def log_message(self, *args: Any) -> None:
        """Nothing: the test says what is worth saying."""

    def _strays(self) -> bool:
        """Whether this was meant for somebody else: a proxy is named a whole address, or a host to connect to."""
        strays = not self.path.startswith("/")
        if strays:
            self.server.api.strayed.append(f"{self.command} {self.path}")
        return strays

    def _say(self, turn: Turn, *, streams: bool) -> None:
        api = self.server.api
        match turn:
            case Fault():
                self._fault(turn)
            case Answer() if streams:
                self._stream(list(_events(turn)))
            case Answer():
                self._send(200, json.dumps(_message(turn)).encode(), {"content-type": "application/json"})
            case Held(answer):
                api.gate.wait()
                self._say(answer, streams=streams)
            case Silence(begins):
                if begins:
                    self._head()
                api.closing.wait()
                self.close_connection = True
            case Torn(said):
                self._head()
                for event in list(_events(Answer(said)))[:3]:
                    self._chunk(event)
                self.close_connection = True

    def _fault(self, fault: Fault) -> None:
        said = {"type": "error", "error": {"type": fault.kind, "message": fault.message}}
        self._send(
            fault.status, json.dumps(said).encode(), {"content-type": "application/json", **fault.headers}
        )

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _stream(self, events: list[bytes]) -> None:
        self._head()
        for event in events:
            self._chunk(event)
        self.wfile.write(b"0\r\n\r\n")

    def _head(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def _chunk(self, event: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.wfile.flush()


# --- the API's own forms ---


def _usage(tokens: int) -> dict[str, int]:
    return {"input_tokens": 100, "output_tokens": tokens}


def _blocks(answer: Answer) -> Iterator[dict[str, Any]]:
    if answer.said:
        yield {"type": "text", "text": answer.said}
    for number, use in enumerate(answer.uses):
        yield {
            "type": "tool_use",
            "id": f"toolu_{id(answer):x}_{number}",
            "name": use.tool,
            "input": use.given,
        }


def _message(answer: Answer) -> dict[str, Any]:
    """The message whole, for a request without a stream."""
    return {
        "id": f"msg_{id(answer):x}",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": list(_blocks(answer)),
        "stop_reason": "tool_use" if answer.uses else "end_turn",
        "stop_sequence": None,
        "usage": _usage(answer.tokens),
    }


def _events(answer: Answer) -> Iterator[bytes]:
    """The same message in pieces."""
    message = _message(answer)
    opened = {**message, "content": [], "stop_reason": None, "usage": _usage(1)}
    yield _event("message_start", message=opened)
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            begun: dict[str, Any] = {"type": "text", "text": ""}
            piece = {"type": "text_delta", "text": block["text"]}
        else:
            begun = {**block, "input": {}}
            piece = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield _event("content_block_start", index=index, content_block=begun)
        yield _event("content_block_delta", index=index, delta=piece)
        yield _event("content_block_stop", index=index)
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=ended, usage={"output_tokens": answer.tokens})
    yield _event("message_stop")


def _event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def _texts(content: object) -> Iterator[str]:
    """Every text in the content of a message, those in tool results too."""
    if isinstance(content, str):
        yield content
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict) and isinstance(block.get("text"), str):
            yield block["text"]
        elif isinstance(block, dict):
            yield from _texts(block.get("content"))
