// The API's rules: its key, its answers, its refusals.

import { get as settings } from 'liaison:connector/settings@0.1.0';
import { sleepMs } from 'liaison:connector/clock@0.1.0';
import { placeholder } from 'liaison:connector/secrets@0.1.0';
import { fault } from './fault.js';
import { NotSent, send } from './http.js';

/** A read that gets no answer is sent again; a write never is: only the host knows whether it may be. */
const ATTEMPTS = 3;
const WAIT_MS = 500;

/**
 * @param {string} method
 * @param {string} path
 * @param {{ headers?: Record<string, string>, body?: string, writes?: boolean }} how
 * @returns the answer's JSON; throws a fault
 */
export function request(method, path, { headers = {}, body, writes = false } = {}) {
  const url = JSON.parse(settings()).base_url.replace(/\/+$/, '') + path;
  const all = { 'x-api-key': key(), accept: 'application/json', ...headers };
  if (body !== undefined) all['content-type'] = 'application/json';
  for (let attempt = 1; ; attempt += 1) {
    try {
      return answer(exchange(method, url, all, body, writes), writes);
    } catch (error) {
      const again = !writes && attempt < ATTEMPTS && error.payload?.kind === 'unavailable';
      if (!again) throw error;
      sleepMs(WAIT_MS * attempt);
    }
  }
}

/** The key is a placeholder; the host puts the value in as the request leaves. */
function key() {
  try {
    return placeholder('api_key', 'plain');
  } catch {
    throw fault('misconfigured', 'no-secret');
  }
}

function exchange(method, url, headers, body, writes) {
  try {
    return send(method, url, headers, body);
  } catch (error) {
    if (!(error instanceof NotSent)) {
      // It may have been carried out, or not: nobody knows.
      const [kind, words] = writes ? ['outcome-unknown', 'outcome-unknown'] : ['unavailable', 'no-answer'];
      throw fault(kind, words, {}, { vendorText: error.message });
    }
    const [kind, words] = {
      denied: ['misconfigured', 'denied'],
      throttled: ['throttled', 'own-limit'],
      unreachable: ['unavailable', 'unreachable'],
      invalid: ['misconfigured', 'denied'],
    }[error.why];
    throw fault(kind, words, {}, { vendorText: error.message });
  }
}

function answer({ status, headers, body }, writes) {
  const json = parsed(body);
  if (status === 204) return undefined;
  if (status < 300 && json !== undefined) return json;
  if (status < 300 || (status >= 500 && status !== 503)) {
    // A page of a proxy, or a server that fell over its own work.
    const [kind, words] = writes ? ['outcome-unknown', 'outcome-unknown'] : ['unavailable', 'unusable'];
    throw fault(kind, words, { status }, { vendorCode: String(status), vendorText: body.slice(0, 160) });
  }
  throw refusal(status, headers, json?.error ?? {});
}

function refusal(status, headers, { code = String(status), message, field, existing }) {
  const more = { vendorCode: code, vendorText: message, field };
  switch (status) {
    case 401:
      return fault('unauthorized', 'unauthorized', {}, more);
    case 403:
      return fault('misconfigured', 'read-only', {}, more);
    case 404:
      return fault('not-found', 'not-found', {}, more);
    case 409:
      return fault('exists', 'exists', {}, { ...more, existing });
    case 412:
      return fault('conflict', 'changed', {}, more);
    case 423:
      return fault('locked', 'locked', {}, more);
    case 429:
      return fault('throttled', 'throttled', {}, { ...more, waitMs: BigInt(1000 * (Number(headers['retry-after']) || 1)) });
    case 503:
      return fault('unavailable', 'busy', { status }, more);
    default:
      return fault('rejected', 'rejected', {}, more);
  }
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
