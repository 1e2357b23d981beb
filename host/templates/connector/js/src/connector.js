// What the host calls. Every call runs in a fresh instance: nothing that stands in a variable outlives it.

import { write as log } from 'liaison:connector/log@0.1.0';
import { check } from './check.js';
import { fault } from './fault.js';
import { manifest } from './manifest.js';
import { ENTITY, changes, find, query, read, write } from './task.js';
import { catalogue } from './words.js';

/** Exactly the functions of interface `system` in `wit/connector.wit`, which says what each must do. */
export const system = {
  describe: manifest,
  check: guarded(check),
  changes: guarded((entity, since, filter, limit) => (known(entity), changes(since, filter, limit))),
  read: guarded((entity, ids) => (known(entity), read(ids))),
  find: guarded((entity, queries) => (known(entity), find(queries))),
  query: guarded((entity, filter, at, limit) => (known(entity), query(filter, at, limit))),
  // Each operation has an outcome of its own; one that is refused never stops the others.
  write: (entity, operations) => operations.map((operation) => {
    try {
      return { tag: 'ok', val: guarded(() => (known(entity), write(operation)))() };
    } catch (error) {
      return { tag: 'err', val: error.payload };
    }
  }),
  catalogue,
};

/** @param {string} entity */
function known(entity) {
  if (entity !== ENTITY) throw fault('internal', 'no-entity', { entity });
}

/**
 * What is thrown reaches the host as a fault; a defect of ours too, with its place in the log, instead of a
 * trap without words.
 */
function guarded(call) {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      if (error.payload) throw error;
      log('error', `${error}\n${error.stack}`);
      throw fault('internal', 'defect', { reason: String(error) });
    }
  };
}
