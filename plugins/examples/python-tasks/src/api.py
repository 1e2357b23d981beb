"""The API's rules: its key, its answers, its refusals."""

import json

from componentize_py_types import Err
from wit_world.imports import clock, secrets, settings

import outgoing
from fault import Kind, fault

# A read that gets no answer is sent again; a write never is: only the host knows whether it may be.
ATTEMPTS = 3
WAIT_MS = 500

NOT_SENT = {
    "denied": (Kind.MISCONFIGURED, "denied"),
    "invalid": (Kind.MISCONFIGURED, "denied"),
    "throttled": (Kind.THROTTLED, "own-limit"),
    "unreachable": (Kind.UNAVAILABLE, "unreachable"),
}

REFUSED = {
    401: (Kind.UNAUTHORIZED, "unauthorized"),
    403: (Kind.MISCONFIGURED, "read-only"),
    404: (Kind.NOT_FOUND, "not-found"),
    409: (Kind.EXISTS, "exists"),
    412: (Kind.CONFLICT, "changed"),
    423: (Kind.LOCKED, "locked"),
    429: (Kind.THROTTLED, "throttled"),
}


def request(method, path, headers=None, body=None, writes=False):
    """The answer's JSON; raises a fault."""
    url = json.loads(settings.get())["base_url"].rstrip("/") + path
    sent = {"x-api-key": key(), "accept": "application/json", **(headers or {})}
    if body is not None:
        sent["content-type"] = "application/json"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return answer(exchange(method, url, sent, body, writes), writes)
        except Err as error:
            if writes or attempt == ATTEMPTS or error.value.kind is not Kind.UNAVAILABLE:
                raise
            clock.sleep_ms(WAIT_MS * attempt)


def key():
    """The key is a placeholder; the host puts the value in as the request leaves."""
    try:
        return secrets.placeholder("api_key", secrets.Encoder.PLAIN)
    except Err as error:
        raise fault(Kind.MISCONFIGURED, "no-secret") from error


def exchange(method, url, headers, body, writes):
    try:
        return outgoing.send(method, url, headers, body)
    except outgoing.NotSent as error:
        kind, words = NOT_SENT[error.why]
        raise fault(kind, words, {"vendor_text": str(error)}) from error
    except outgoing.NoAnswer as error:
        # It may have been carried out, or not: nobody knows.
        kind, words = (Kind.OUTCOME_UNKNOWN, "outcome-unknown") if writes else (Kind.UNAVAILABLE, "no-answer")
        raise fault(kind, words, {"vendor_text": str(error)}) from error


def answer(response, writes):
    status, headers, body = response
    content = parsed(body)
    if status == 204:
        return None
    if status < 300 and content is not None:
        return content
    if status < 300 or (status >= 500 and status != 503):
        # A page of a proxy, or a server that fell over its own work.
        kind, words = (Kind.OUTCOME_UNKNOWN, "outcome-unknown") if writes else (Kind.UNAVAILABLE, "unusable")
        excerpt = body[:160].decode(errors="replace")
        raise fault(kind, words, {"vendor_code": str(status), "vendor_text": excerpt}, **given(words, status))
    raise refusal(status, headers, content)


def refusal(status, headers, content):
    error = content.get("error", {}) if isinstance(content, dict) else {}
    more = {
        "vendor_code": error.get("code", str(status)),
        "vendor_text": error.get("message"),
        "field": error.get("field"),
        "existing": error.get("existing"),
    }
    if status == 503:
        return fault(Kind.UNAVAILABLE, "busy", more, status=status)
    if status == 429:
        wait_s = headers.get("retry-after", "")
        more["wait_ms"] = 1000 * (int(wait_s) if wait_s.isdigit() else 1)
    return fault(*REFUSED.get(status, (Kind.REJECTED, "rejected")), more)


def given(words, status):
    return {"status": status} if words == "unusable" else {}


def parsed(body):
    try:
        return json.loads(body)
    except ValueError:
        return None
