// The connector against a script: what is asked, and what is answered.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { beforeEach, test } from 'node:test';
import { NotSent, script } from './host.js';
import { system } from '../src/connector.js';

const task = (id) => ({ id, title: 'one', modified_at: '2026-03-05T14:00:00.000Z', version: 3, deleted: false });
const create = { token: 'TOKEN', action: 'create', body: '{"title":"one"}' };
const update = { token: 'TOKEN', action: 'update', id: 't-1', version: '3', body: '{"title":"one"}' };

beforeEach(() => Object.assign(script, { answers: [], sent: [] }));

test('every sentence is there in both languages', () => {
  const keys = (lang) => system.catalogue(lang).trim().split('\n').map((line) => line.split(' = ')[0]);
  assert.deepEqual(keys('en'), keys('fr'));
  const sources = readdirSync('src').map((file) => readFileSync(`src/${file}`, 'utf8')).join('\n');
  const used = [...sources.matchAll(/(?:text|fault)\((?:'[a-z-]+', )?'([a-z-]+)'/g)].map(([, key]) => `js-tasks-${key}`);
  assert.ok(used.length > 10);
  assert.deepEqual(used.filter((key) => !keys('en').includes(key)), []);
});

test('keys, filters and markers are fields', () => {
  const [entity] = system.describe().entities;
  const fields = Object.keys(JSON.parse(entity.schema).properties);
  const named = [...entity.keys, ...entity.filters.map(({ field }) => field)];
  assert.deepEqual(named.filter((field) => !fields.includes(field)), []);
});

test('a walk goes on where it was and begins a little earlier next time', () => {
  script.answers = [
    [200, { tasks: [task('t-1'), task('t-2')], next: '17.2' }],
    [200, { tasks: [task('t-3')], next: null }],
    [200, { tasks: [], next: null }],
  ];
  const first = system.changes('task', undefined, [], 2);
  assert.deepEqual([first.more, first.complete, first.entries.length], [true, false, 2]);
  const second = system.changes('task', first.next, [], 2);
  assert.deepEqual([second.more, second.complete], [false, true]);
  const third = system.changes('task', second.next, [], 2);
  assert.equal(third.complete, false, 'a walk of what is new says nothing of the rest');
  const asked = script.sent.map(({ url }) => new URL(url).searchParams);
  assert.equal(asked[1].get('after'), '17.2');
  assert.equal(asked[2].get('modified_since'), '2026-03-05T13:59:55.000Z');
});

test('a record that is not there is none, in its place', () => {
  script.answers = [[200, { tasks: [task('t-2')], next: null }]];
  const [missing, found] = system.read('task', ['t-1', 't-2']);
  assert.deepEqual([missing, found.id, found.version], [undefined, 't-2', '3']);
});

for (const [answer, kind] of [
  [[401, {}], 'unauthorized'],
  [[403, {}], 'misconfigured'],
  [[404, {}], 'not-found'],
  [[409, { error: { existing: 't-7' } }], 'exists'],
  [[412, {}], 'conflict'],
  [[422, { error: { code: 'invalid', field: 'title' } }], 'rejected'],
  [[423, {}], 'locked'],
  [[429, {}, { 'retry-after': '2' }], 'throttled'],
  [[500, {}], 'outcome-unknown'],
  [[503, {}], 'unavailable'],
  [new Error('the answer broke off'), 'outcome-unknown'],
  [new NotSent('unreachable', 'refused'), 'unavailable'],
  [new NotSent('denied', 'denied'), 'misconfigured'],
]) {
  test(`a write that is answered ${answer instanceof Error ? answer.message : answer[0]} is ${kind}`, () => {
    script.answers = [answer];
    const [outcome] = system.write('task', [create]);
    assert.deepEqual([outcome.tag, outcome.val.kind, script.sent.length], ['err', kind, 1]);
  });
}

test('a read is sent again, and is unavailable in the end', () => {
  script.answers = [[502, {}], [200, { tasks: [], next: null }]];
  assert.deepEqual(system.find('task', [[['number', '"1001"']]]), [[]]);
  script.answers = [[502, {}], [502, {}], [502, {}]];
  assert.throws(() => system.read('task', ['t-1']), ({ payload }) => payload.kind === 'unavailable');
});

test('one that is refused stops none of the others; a create has its key, a change its version', () => {
  script.answers = [[422, {}], [201, task('t-1')], [200, task('t-1')]];
  const outcomes = system.write('task', [create, create, update]);
  assert.deepEqual(outcomes.map(({ tag }) => tag), ['err', 'ok', 'ok']);
  assert.equal(script.sent[1].headers['idempotency-key'], 'TOKEN');
  assert.equal(script.sent[1].headers['x-api-key'], '{secret api_key}');
  assert.equal(script.sent[2].headers['if-match'], '"3"');
});

test('the doctor says what is to be set', () => {
  script.answers = [[200, { name: 'Atelier', read_only: true }], [401, {}]];
  assert.deepEqual(system.check().map(({ code }) => code), ['connected', 'read-only']);
  assert.deepEqual(system.check().map(({ code }) => code), ['unauthorized']);
});
