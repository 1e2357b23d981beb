"""What went wrong, in the terms the host acts on: see `fault` in `wit/connector.wit`."""

import dataclasses

from componentize_py_types import Err
from wit_world.imports.liaison_connector_types import Fault, FaultKind as Kind, FaultScope

from words import text

# How far a fault of these kinds reaches; all others are about one record.
WHOLE_CONNECTION = (Kind.UNAUTHORIZED, Kind.MISCONFIGURED, Kind.THROTTLED, Kind.UNAVAILABLE, Kind.OUTSIDE_WINDOW)


def fault(kind, key, more=None, **args):
    """
    An error to raise. `key` is that of the sentence in `words.py`, `args` are the sentence's, and `more` has
    `vendor_code`, `vendor_text`, `field`, `wait_ms` and `existing`.
    """
    scope = FaultScope.WHOLE_CONNECTION if kind in WHOLE_CONNECTION else FaultScope.ONE_RECORD
    bare = Fault(kind, scope, text(key, **args), None, None, None, None, None, [])
    return Err(dataclasses.replace(bare, **(more or {})))
