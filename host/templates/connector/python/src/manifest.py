"""
What this connector is and asks for. The host refuses whatever does not stand here: another host, the secret
in another place, an operation that is not declared.
"""

import json

from wit_world.imports import liaison_connector_types as wit

from words import text

ENTITY = "task"
OVERLAP_S = 5
# The most tasks in one answer of the API, and ids in one question.
PAGE_MAX = 100
# What the API itself can filter by.
SERVED = ("number", "customer", "status")

BASE = "{base_url}"

SETTINGS = {
    "type": "object",
    "properties": {
        "base_url": {
            "type": "string",
            "format": "uri",
            "description": "Address of the API, such as https://tasks.example",
        },
    },
    "required": ["base_url"],
    "additionalProperties": False,
}


def short(length):
    return {"type": ["string", "null"], "maxLength": length}


OWN = {"type": "string", "x-liaison-read-only": True}
STAMP = {**OWN, "format": "date-time"}

TASK = {
    "type": "object",
    "properties": {
        "id": OWN,
        "number": {**short(80), "description": "The number people use; no two tasks have the same"},
        "title": {"type": "string", "maxLength": 120},
        "details": short(4000),
        "customer": short(80),
        "status": {"type": "string", "enum": ["open", "done", "cancelled"]},
        "due_on": {"type": ["string", "null"], "format": "date"},
        "price": {"type": ["string", "null"], "format": "decimal"},
        "created_at": STAMP,
        "modified_at": STAMP,
    },
    "required": ["title"],
}


def manifest():
    does = wit.Operations
    return wit.Manifest(
        name="{{name}}",
        version="0.1.0",
        title=text("title"),
        vendor="Example",
        settings=json.dumps(SETTINGS),
        secrets=[
            wit.SecretUse(
                name="api_key",
                title=text("api-key"),
                required=True,
                hosts=[BASE],
                places=[wit.Place_Header("x-api-key")],
            )
        ],
        hosts=[wit.HostUse(BASE, text("host"))],
        limits=wit.Limits(rates=[wit.RateLimit(requests=50, window_s=1)], concurrency=2, ext=[]),
        entities=[
            wit.Entity(
                name=ENTITY,
                title=text("task"),
                schema=json.dumps(TASK),
                operations=does.READ | does.FIND | does.QUERY | does.CHANGES | does.CREATE | does.UPDATE | does.DELETE,
                # The API remembers an Idempotency-Key for a day; after that a task is known by its number.
                idempotency=[wit.Idempotency_NativeKey(86_400), wit.Idempotency_Marker("number")],
                changes=wit.ChangeSource_Stamp(OVERLAP_S),
                filters=[wit.FieldFilter(field, [wit.Comparison.EQ]) for field in SERVED],
                keys=["number", "customer"],
                read_batch=PAGE_MAX,
                write_batch=20,
                ext=[],
            )
        ],
        ext=[],
    )
