// The host outside the sandbox, for tests: answers from a script. `node --import ./test/host.js` puts it in the
// place of the contract's imports and of `src/http.js`.

import { register } from 'node:module';

const HERE = import.meta.url;
register(`data:text/javascript,${encodeURIComponent(`
export async function resolve(specifier, context, next) {
  const isHosts = specifier.startsWith('liaison:') || specifier === './http.js';
  return isHosts ? { url: ${JSON.stringify(HERE)}, shortCircuit: true } : next(specifier, context);
}`)}`);

/** What is asked of the API, in order, and what it answers: `[status, json, headers]`, or an error. */
export const script = { answers: [], sent: [] };

export class NotSent extends Error {
  constructor(why, message) {
    super(message);
    this.why = why;
  }
}

export function send(method, url, headers, body) {
  script.sent.push({ method, url, headers, body });
  const next = script.answers.shift();
  if (next === undefined) throw new TypeError(`nothing answers ${method} ${url}`);
  if (next instanceof Error) throw next;
  const [status, json, more = {}] = next;
  return { status, headers: more, body: JSON.stringify(json) };
}

export const get = () => JSON.stringify({ base_url: 'https://tasks.example/' });
export const placeholder = (name) => `{secret ${name}}`;
export const sleepMs = () => {};
export const write = () => {};
