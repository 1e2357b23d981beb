"""The connector against a script: what is asked, and what is answered."""

import json
import re
import unittest
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from componentize_py_types import Err
from wit_world.imports.liaison_connector_types import Action, FaultKind, Operation

import outgoing
from connector import System

SOURCES = Path(__file__).parent.parent / "src"
NAME = "{{name}}-"


def task(id):
    return {"id": id, "title": "one", "modified_at": "2026-03-05T14:00:00.000Z", "version": 3, "deleted": False}


CREATE = Operation("TOKEN", Action.CREATE, None, None, '{"title": "one"}', None, [])
UPDATE = Operation("TOKEN", Action.UPDATE, "t-1", "3", '{"title": "one"}', None, [])


class Connector(unittest.TestCase):
    def setUp(self):
        self.system, self.sent, self.answers = System(), [], []
        for place, answer in {
            "outgoing.send": self.send,
            "api.settings.get": lambda: '{"base_url": "https://tasks.example/"}',
            "api.secrets.placeholder": lambda name, encoder: f"{{secret {name}}}",
            "api.clock.sleep_ms": lambda ms: None,
        }.items():
            patch = mock.patch(place, answer)
            patch.start()
            self.addCleanup(patch.stop)

    def send(self, method, url, headers, body=None):
        """The host outside the sandbox: the next line of the script."""
        self.sent.append((f"{method} {url}", headers, body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, content, *headers = answer
        return status, (headers or [{}])[0], json.dumps(content).encode()

    def test_every_sentence_is_there_in_both_languages(self):
        def keys(lang):
            return [line.split(" = ")[0] for line in self.system.catalogue(lang).strip().splitlines()]

        self.assertEqual(keys("en"), keys("fr"))
        code = "\n".join(file.read_text() for file in SOURCES.glob("*.py"))
        used = re.findall(r"(?:text\(|fault\(Kind\.\w+, |\(Kind\.\w+, )\"([a-z-]+)\"", code)
        self.assertGreater(len(used), 10)
        self.assertEqual([key for key in used if NAME + key not in keys("en")], [])

    def test_keys_filters_and_markers_are_fields(self):
        (entity,) = self.system.describe().entities
        fields = json.loads(entity.schema)["properties"]
        named = entity.keys + [filter.field for filter in entity.filters]
        self.assertEqual([field for field in named if field not in fields], [])

    def test_a_walk_goes_on_where_it_was_and_begins_a_little_earlier_next_time(self):
        self.answers = [
            (200, {"tasks": [task("t-1"), task("t-2")], "next": "17.2"}),
            (200, {"tasks": [task("t-3")], "next": None}),
            (200, {"tasks": [], "next": None}),
        ]
        first = self.system.changes("task", None, [], 2)
        self.assertEqual((first.more, first.complete, len(first.entries)), (True, False, 2))
        second = self.system.changes("task", first.next, [], 2)
        self.assertEqual((second.more, second.complete), (False, True))
        third = self.system.changes("task", second.next, [], 2)
        self.assertFalse(third.complete, "a walk of what is new says nothing of the rest")
        asked = [parse_qs(urlsplit(line).query) for line, _, _ in self.sent]
        self.assertEqual(asked[1]["after"], ["17.2"])
        self.assertEqual(asked[2]["modified_since"], ["2026-03-05T13:59:55.000Z"])

    def test_a_record_that_is_not_there_is_none_in_its_place(self):
        self.answers = [(200, {"tasks": [task("t-2")], "next": None})]
        missing, found = self.system.read("task", ["t-1", "t-2"])
        self.assertEqual((missing, found.id, found.version), (None, "t-2", "3"))

    def test_refusals_are_told_as_the_kind_they_are_and_a_write_is_sent_once(self):
        table = [
            ((401, {}), FaultKind.UNAUTHORIZED),
            ((403, {}), FaultKind.MISCONFIGURED),
            ((404, {}), FaultKind.NOT_FOUND),
            ((409, {"error": {"existing": "t-7"}}), FaultKind.EXISTS),
            ((412, {}), FaultKind.CONFLICT),
            ((422, {"error": {"code": "invalid", "field": "title"}}), FaultKind.REJECTED),
            ((423, {}), FaultKind.LOCKED),
            ((429, {}, {"retry-after": "2"}), FaultKind.THROTTLED),
            ((500, {}), FaultKind.OUTCOME_UNKNOWN),
            ((503, {}), FaultKind.UNAVAILABLE),
            (outgoing.NoAnswer("the answer broke off"), FaultKind.OUTCOME_UNKNOWN),
            (outgoing.NotSent("unreachable", "refused"), FaultKind.UNAVAILABLE),
            (outgoing.NotSent("denied", "denied"), FaultKind.MISCONFIGURED),
        ]
        for answer, kind in table:
            with self.subTest(answer=answer):
                self.sent.clear()
                self.answers = [answer]
                (outcome,) = self.system.write("task", [CREATE])
                self.assertIsInstance(outcome, Err)
                self.assertEqual((outcome.value.kind, len(self.sent)), (kind, 1))

    def test_a_read_is_sent_again_and_is_unavailable_in_the_end(self):
        self.answers = [(502, {}), (200, {"tasks": [], "next": None})]
        self.assertEqual(self.system.find("task", [[("number", '"1001"')]]), [[]])
        self.answers = [(502, {})] * 3
        with self.assertRaises(Err) as raised:
            self.system.read("task", ["t-1"])
        self.assertIs(raised.exception.value.kind, FaultKind.UNAVAILABLE)

    def test_one_that_is_refused_stops_none_of_the_others(self):
        self.answers = [(422, {}), (201, task("t-1")), (200, task("t-1"))]
        outcomes = self.system.write("task", [CREATE, CREATE, UPDATE])
        self.assertEqual([isinstance(outcome, Err) for outcome in outcomes], [True, False, False])
        self.assertEqual(self.sent[1][1]["idempotency-key"], "TOKEN")
        self.assertEqual(self.sent[1][1]["x-api-key"], "{secret api_key}")
        self.assertEqual(self.sent[2][1]["if-match"], '"3"')

    def test_the_doctor_says_what_is_to_be_set(self):
        self.answers = [(200, {"name": "Atelier", "read_only": True}), (401, {})]
        self.assertEqual([finding.code for finding in self.system.check()], ["connected", "read-only"])
        self.assertEqual([finding.code for finding in self.system.check()], ["unauthorized"])


if __name__ == "__main__":
    unittest.main()
