// The entity `task`: how it is walked, read, found and written.

import { request } from './api.js';
import { fault } from './fault.js';
import { OVERLAP_S, PAGE_MAX } from './manifest.js';

export const ENTITY = 'task';

const BEGINNING = '1970-01-01T00:00:00.000Z';
/** What the API itself can filter by. */
const SERVED = ['number', 'customer', 'status'];

/**
 * The cursor: since when tasks are asked for, how far this walk has come, and the newest change it saw.
 * @typedef {{ from?: string, after?: string, seen?: string }} Place
 */

/** Tasks that changed, the deleted among them, in the order of change. */
export function changes(since, filter, limit) {
  const { from = BEGINNING, after, seen } = since ? placeOf(since) : {};
  const page = list({ modified_since: from, after, limit, ...served(filter) });
  const newest = page.tasks.at(-1)?.modified_at ?? seen;
  // The next run begins a little before the newest change: the API stamps a task before it shows it.
  const place = page.next
    ? { from, after: page.next, seen: newest }
    : { from: newest ? before(newest, OVERLAP_S) : from };
  return pageOf(page, place, from === BEGINNING);
}

/** Live tasks that match. */
export function query(filter, at, limit) {
  const { after } = at ? placeOf(at) : {};
  const page = list({ after, limit, ...served(filter) });
  return pageOf(page, page.next ? { after: page.next } : undefined, true);
}

export function read(ids) {
  const { tasks } = list({ ids: ids.join(','), limit: PAGE_MAX });
  const found = new Map(tasks.map((task) => [task.id, entry(task)]));
  return ids.map((id) => found.get(id));
}

export function find(queries) {
  return queries.map((fields) => {
    const wanted = fields.map(([field, value]) => [field, JSON.parse(value)]);
    const keys = wanted.filter(([field, value]) => SERVED.includes(field) && typeof value === 'string');
    const found = [];
    for (let after; ;) {
      const page = list({ ...Object.fromEntries(keys), after, limit: PAGE_MAX });
      found.push(...page.tasks.filter((task) => wanted.every(([field, value]) => (task[field] ?? null) === value)));
      if (!page.next) return found.map(entry);
      after = page.next;
    }
  });
}

/** @returns what the API made of it; throws a fault */
export function write({ action, token, id, version, body }) {
  // Without the version the record was read at, somebody else's edit would be overwritten.
  const match = { 'if-match': version ? `"${version}"` : '*' };
  switch (action) {
    case 'create':
      return applied(request('POST', '/v1/tasks', { headers: { 'idempotency-key': token }, body, writes: true }));
    case 'update':
      return applied(request('PATCH', `/v1/tasks/${encodeURIComponent(id)}`, { headers: match, body, writes: true }));
    case 'delete':
      request('DELETE', `/v1/tasks/${encodeURIComponent(id)}`, { headers: match, writes: true });
      return { id, ext: [] };
  }
}

function list(parameters) {
  const given = Object.entries({ ...parameters, limit: Math.min(parameters.limit, PAGE_MAX) });
  const pairs = given
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return request('GET', `/v1/tasks?${pairs.join('&')}`);
}

/** The conditions the API can serve; the host checks all of them again. */
function served(filter) {
  const own = filter.filter(({ field, op }) => op === 'eq' && SERVED.includes(field));
  return Object.fromEntries(own.map(({ field, values }) => [field, JSON.parse(values[0])]));
}

function pageOf({ tasks, next }, place, isWhole) {
  return {
    entries: tasks.map(entry),
    next: place && new TextEncoder().encode(JSON.stringify(place)),
    more: Boolean(next),
    complete: isWhole && !next,
    ext: [],
  };
}

/** @returns {Place} */
function placeOf(cursor) {
  try {
    return JSON.parse(new TextDecoder().decode(cursor));
  } catch {
    throw fault('internal', 'cursor');
  }
}

function before(instant, seconds) {
  return new Date(Date.parse(instant) - seconds * 1000).toISOString();
}

function entry({ version, deleted, ...fields }) {
  return { id: fields.id, version: String(version), deleted, body: JSON.stringify(fields), ext: [] };
}

/** The task as the API now has it is the base of the next comparison. */
function applied(task) {
  const { id, version, body } = entry(task);
  return { id, version, body, ext: [] };
}
