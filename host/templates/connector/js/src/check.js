// The doctor: what a person must set before flows can run. Reads only.

import { request } from './api.js';
import { text } from './words.js';

export function check() {
  let account;
  try {
    account = request('GET', '/v1/account');
  } catch (error) {
    if (!error.payload) throw error;
    const { kind, message } = error.payload;
    return [finding('error', kind, message, 'place-connection', 'fix-connection')];
  }
  const connected = finding('ok', 'connected', text('connected', { account: account.name }));
  if (!account.read_only) return [connected];
  return [connected, finding('error', 'read-only', text('read-only'), 'place-plan', 'fix-plan')];
}

function finding(level, code, message, place, fix) {
  return { level, code, message, place: place && text(place), fix: fix && text(fix), ext: [] };
}
