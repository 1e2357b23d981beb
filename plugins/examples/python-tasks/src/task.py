"""The entity `task`: how it is walked, read, found and written."""

import json
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from wit_world.imports.liaison_connector_types import Action, Applied, Comparison, Entry, Page

from api import request
from fault import Kind, fault
from manifest import ENTITY as ENTITY, OVERLAP_S, PAGE_MAX, SERVED

BEGINNING = "1970-01-01T00:00:00.000Z"


def changes(since, filter, limit):
    """
    Tasks that changed, the deleted among them, in the order of change. The cursor says since when they are asked
    for (`from`), how far this walk has come (`after`), and the newest change it saw (`seen`).
    """
    place = place_of(since)
    start = place.get("from", BEGINNING)
    page = listed(modified_since=start, after=place.get("after"), limit=limit, **served(filter))
    tasks, after = page["tasks"], page["next"]
    newest = tasks[-1]["modified_at"] if tasks else place.get("seen")
    if after:
        following = {"from": start, "after": after, "seen": newest}
    else:
        # The next run begins a little before the newest change: the API stamps a task before it shows it.
        following = {"from": before(newest, OVERLAP_S) if newest else start}
    return page_of(page, following, is_whole=start == BEGINNING)


def query(filter, at, limit):
    """Live tasks that match."""
    page = listed(after=place_of(at).get("after"), limit=limit, **served(filter))
    return page_of(page, page["next"] and {"after": page["next"]}, is_whole=True)


def read(ids):
    found = {task["id"]: entry(task) for task in listed(ids=",".join(ids), limit=PAGE_MAX)["tasks"]}
    return [found.get(id) for id in ids]


def find(queries):
    return [[entry(task) for task in matching(fields)] for fields in queries]


def matching(fields):
    wanted = [(field, json.loads(value)) for field, value in fields]
    keys = {field: value for field, value in wanted if field in SERVED and isinstance(value, str)}
    after = None
    while True:
        page = listed(after=after, limit=PAGE_MAX, **keys)
        for task in page["tasks"]:
            if all(task.get(field) == value for field, value in wanted):
                yield task
        after = page["next"]
        if not after:
            return


def write(operation):
    """What the API made of it; raises a fault."""
    path = f"/v1/tasks/{quote(operation.id or '', safe='')}"
    # Without the version the record was read at, somebody else's edit would be overwritten.
    match = {"if-match": f'"{operation.version}"' if operation.version else "*"}
    if operation.action is Action.CREATE:
        key = {"idempotency-key": operation.token}
        return applied(request("POST", "/v1/tasks", headers=key, body=operation.body, writes=True))
    if operation.action is Action.UPDATE:
        return applied(request("PATCH", path, headers=match, body=operation.body, writes=True))
    request("DELETE", path, headers=match, writes=True)
    return Applied(operation.id, None, None, [])


def listed(limit, **parameters):
    given = {name: value for name, value in parameters.items() if value is not None}
    return request("GET", f"/v1/tasks?{urlencode({**given, 'limit': min(limit, PAGE_MAX)})}")


def served(filter):
    """The conditions the API can serve; the host checks all of them again."""
    own = [condition for condition in filter if condition.op is Comparison.EQ and condition.field in SERVED]
    return {condition.field: json.loads(condition.values[0]) for condition in own}


def page_of(page, place, is_whole):
    return Page(
        entries=[entry(task) for task in page["tasks"]],
        next=json.dumps(place).encode() if place else None,
        more=bool(page["next"]),
        complete=is_whole and not page["next"],
        ext=[],
    )


def place_of(cursor):
    try:
        return json.loads(cursor) if cursor else {}
    except ValueError as error:
        raise fault(Kind.INTERNAL, "cursor") from error


def before(instant, seconds):
    earlier = datetime.fromisoformat(instant) - timedelta(seconds=seconds)
    return earlier.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def entry(task):
    body = {field: value for field, value in task.items() if field not in ("version", "deleted")}
    return Entry(task["id"], str(task["version"]), task["deleted"], json.dumps(body), [])


def applied(task):
    """The task as the API now has it is the base of the next comparison."""
    made = entry(task)
    return Applied(made.id, made.version, made.body, [])
