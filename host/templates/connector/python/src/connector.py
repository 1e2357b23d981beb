"""What the host calls. Every call runs in a fresh instance: nothing that stands in a variable outlives it."""

import traceback

from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import log

import doctor
import manifest
import task
from fault import Kind, fault
from words import catalogue


class System(exports.System):
    """Exactly the functions of interface `system` in `wit/connector.wit`, which says what each must do."""

    def describe(self):
        return manifest.manifest()

    def check(self):
        return guarded(doctor.check)

    def changes(self, entity, since, filter, limit):
        return guarded(of_task, entity, task.changes, since, filter, limit)

    def read(self, entity, ids):
        return guarded(of_task, entity, task.read, ids)

    def find(self, entity, queries):
        return guarded(of_task, entity, task.find, queries)

    def query(self, entity, filter, at, limit):
        return guarded(of_task, entity, task.query, filter, at, limit)

    def write(self, entity, operations):
        # Each operation has an outcome of its own; one that is refused never stops the others.
        return [outcome(entity, operation) for operation in operations]

    def catalogue(self, lang):
        return catalogue(lang)


def outcome(entity, operation):
    try:
        return Ok(guarded(of_task, entity, task.write, operation))
    except Err as error:
        return error


def of_task(entity, call, *args):
    if entity != task.ENTITY:
        raise fault(Kind.INTERNAL, "no-entity", entity=entity)
    return call(*args)


def guarded(call, *args):
    """
    What is raised reaches the host as a fault; a defect of ours too, with its place in the log, instead of a
    trap without words.
    """
    try:
        return call(*args)
    except Err:
        raise
    except Exception as error:
        log.write(log.Level.ERROR, traceback.format_exc())
        raise fault(Kind.INTERNAL, "defect", reason=repr(error)) from error
