"""One HTTP request over `wasi:http`, the only way out of the sandbox."""

import re

from componentize_py_types import Err, Ok
from wit_world.imports import outgoing_handler, streams, wasi_http_types as http

# One write to a body's stream takes at most this much.
CHUNK_BYTES_MAX = 4096
READ_BYTES_MAX = 65_536

# What the error codes of `wasi:http` mean that surely come before the first byte leaves.
BEFORE = {
    "denied": (
        http.ErrorCode_HttpRequestDenied,
        http.ErrorCode_DestinationIpProhibited,
        http.ErrorCode_LoopDetected,
        http.ErrorCode_ConfigurationError,
    ),
    "throttled": (http.ErrorCode_ConnectionLimitReached,),
    "unreachable": (
        http.ErrorCode_DnsTimeout,
        http.ErrorCode_DnsError,
        http.ErrorCode_DestinationNotFound,
        http.ErrorCode_DestinationUnavailable,
        http.ErrorCode_DestinationIpUnroutable,
        http.ErrorCode_TlsCertificateError,
        http.ErrorCode_TlsProtocolError,
        http.ErrorCode_ConnectionRefused,
    ),
    "invalid": (
        http.ErrorCode_HttpRequestLengthRequired,
        http.ErrorCode_HttpRequestBodySize,
        http.ErrorCode_HttpRequestMethodInvalid,
        http.ErrorCode_HttpRequestUriInvalid,
        http.ErrorCode_HttpRequestUriTooLong,
        http.ErrorCode_HttpRequestHeaderSectionSize,
        http.ErrorCode_HttpRequestHeaderSize,
    ),
}

METHODS = {
    "GET": http.Method_Get,
    "POST": http.Method_Post,
    "PUT": http.Method_Put,
    "PATCH": http.Method_Patch,
    "DELETE": http.Method_Delete,
}
SCHEMES = {"http": http.Scheme_Http, "https": http.Scheme_Https}


class NotSent(Exception):
    """The request surely never left; `why` is a key of `BEFORE`."""

    def __init__(self, why, message):
        super().__init__(message)
        self.why = why


class NoAnswer(Exception):
    """It may have been carried out, or not."""


def send(method, url, headers, body=None):
    """Status, headers (names in lower case) and body of the answer. Raises `NotSent` or `NoAnswer`."""
    request = prepare(method, url, headers)
    outgoing = request.body()
    try:
        future = outgoing_handler.handle(request, None)
    except Err as error:
        raise failure(error.value) from error
    try:
        fill(outgoing, body)
    except Err:
        pass  # a host that refuses has closed the body already; its reason stands in the answer
    with future:
        with future.subscribe() as ready:
            ready.block()
        got = future.get().value
        if not isinstance(got, Ok):
            raise failure(got.value)
        with got.value as incoming:
            return collect(incoming)


def prepare(method, url, headers):
    parts = re.fullmatch(r"(https?)://([^/?]+)(.*)", url)
    if not parts:
        raise NotSent("invalid", f"{url} is no http address")
    scheme, authority, path = parts.groups()
    fields = http.Fields.from_list([(name, value.encode()) for name, value in headers.items()])
    request = http.OutgoingRequest(fields)
    request.set_method(METHODS[method]())
    request.set_scheme(SCHEMES[scheme]())
    request.set_authority(authority)
    request.set_path_with_query(path or "/")
    return request


def fill(outgoing, body):
    if body is not None:
        data = body.encode()
        # A body is finished only when its stream is gone.
        with outgoing.write() as stream:
            for at in range(0, len(data), CHUNK_BYTES_MAX):
                stream.blocking_write_and_flush(data[at : at + CHUNK_BYTES_MAX])
    http.OutgoingBody.finish(outgoing, None)


def collect(incoming):
    with incoming.headers() as fields:
        headers = {name: value.decode(errors="replace") for name, value in fields.entries()}
    with incoming.consume() as body, body.stream() as stream:
        chunks = []
        while True:
            try:
                chunks.append(stream.blocking_read(READ_BYTES_MAX))
            except Err as error:
                if isinstance(error.value, streams.StreamError_Closed):
                    break
                raise NoAnswer("the answer broke off") from error
    return incoming.status(), headers, b"".join(chunks)


def failure(code):
    for why, codes in BEFORE.items():
        if isinstance(code, codes):
            return NotSent(why, repr(code))
    return NoAnswer(repr(code))
