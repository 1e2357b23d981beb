// What went wrong, in the terms the host acts on: see `fault` in `wit/connector.wit`.

import { text } from './words.js';

/** How far a fault of these kinds reaches; all others are about one record. */
const WHOLE_CONNECTION = ['unauthorized', 'misconfigured', 'throttled', 'unavailable', 'outside-window'];

/**
 * An error to throw. Its `payload` is the fault.
 * @param {string} kind one of `fault-kind`
 * @param {string} key of the sentence in `words.js`
 * @param {Record<string, string | number>} args of the sentence
 * @param {object} more `vendorCode`, `vendorText`, `field`, `waitMs`, `existing`
 */
export function fault(kind, key, args = {}, more = {}) {
  const scope = WHOLE_CONNECTION.includes(kind) ? 'whole-connection' : 'one-record';
  const message = text(key, args);
  return Object.assign(new Error(message.fallback), {
    payload: { kind, scope, message, ext: [], ...more },
  });
}
