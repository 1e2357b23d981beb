"""The doctor: what a person must set before flows can run. Reads only."""

from componentize_py_types import Err
from wit_world.imports.liaison_connector_types import Finding, Level

from api import request
from words import text


def check():
    try:
        account = request("GET", "/v1/account")
    except Err as error:
        code = error.value.kind.name.lower().replace("_", "-")
        return [finding(Level.ERROR, code, error.value.message, "place-connection", "fix-connection")]
    connected = finding(Level.OK, "connected", text("connected", account=account["name"]))
    if not account["read_only"]:
        return [connected]
    return [connected, finding(Level.ERROR, "read-only", text("read-only"), "place-plan", "fix-plan")]


def finding(level, code, message, place=None, fix=None):
    return Finding(level, code, message, place and text(place), fix and text(fix), [])
