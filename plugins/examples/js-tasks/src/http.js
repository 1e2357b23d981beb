// One HTTP request over `wasi:http`, the only way out of the sandbox. `fetch` would do as well, but does not
// tell whether a request that failed had left: after a write that is all that counts.

import { handle } from 'wasi:http/outgoing-handler@0.2.12';
import { Fields, OutgoingBody, OutgoingRequest } from 'wasi:http/types@0.2.12';

/** One write to a body's stream takes at most this much. */
const CHUNK_BYTES_MAX = 4096;

/** What the error codes of `wasi:http` mean that surely come before the first byte leaves. */
const BEFORE = {
  denied: ['HTTP-request-denied', 'destination-IP-prohibited', 'loop-detected', 'configuration-error'],
  throttled: ['connection-limit-reached'],
  unreachable: [
    'DNS-timeout', 'DNS-error', 'destination-not-found', 'destination-unavailable', 'destination-IP-unroutable',
    'TLS-certificate-error', 'TLS-protocol-error', 'connection-refused',
  ],
  invalid: [
    'HTTP-request-length-required', 'HTTP-request-body-size', 'HTTP-request-method-invalid',
    'HTTP-request-URI-invalid', 'HTTP-request-URI-too-long', 'HTTP-request-header-section-size',
    'HTTP-request-header-size',
  ],
};

/** The request surely never left; `why` is a key of `BEFORE`. */
export class NotSent extends Error {
  constructor(why, message) {
    super(message);
    this.why = why;
  }
}

/**
 * @param {string} method
 * @param {string} url
 * @param {Record<string, string>} headers names in lower case
 * @param {string} [body]
 * @returns {{ status: number, headers: Record<string, string>, body: string }}
 * @throws {NotSent | Error} any error but `NotSent` leaves open whether the request was carried out
 */
export function send(method, url, headers, body) {
  const request = prepare(method, url, headers);
  const outgoing = request.body();
  const answer = attempt(() => handle(request, undefined));
  // A host that refuses has closed the body already; its reason then stands in the answer.
  attempt(() => fill(outgoing, body), () => {});
  answer.subscribe().block();
  const { tag, val } = answer.get().val;
  if (tag === 'err') throw errorOf(val);
  return collect(val);
}

function prepare(method, url, headers) {
  const [, scheme, authority, path] = /^(https?):\/\/([^/?]+)(.*)$/.exec(url) ?? [];
  if (!scheme) throw new NotSent('invalid', `${url} is no http address`);
  const encoder = new TextEncoder();
  const fields = Object.entries(headers).map(([name, value]) => [name, encoder.encode(value)]);
  const request = new OutgoingRequest(Fields.fromList(fields));
  request.setMethod({ tag: method.toLowerCase() });
  request.setScheme({ tag: scheme.toUpperCase() });
  request.setAuthority(authority);
  request.setPathWithQuery(path || '/');
  return request;
}

function fill(outgoing, body) {
  if (body !== undefined) {
    const bytes = new TextEncoder().encode(body);
    const stream = outgoing.write();
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES_MAX) {
      stream.blockingWriteAndFlush(bytes.subarray(at, at + CHUNK_BYTES_MAX));
    }
    // A body is finished only when its stream is gone.
    stream[Symbol.dispose]();
  }
  OutgoingBody.finish(outgoing, undefined);
}

function collect(incoming) {
  const decoder = new TextDecoder();
  const headers = incoming.headers().entries();
  const stream = incoming.consume().stream();
  const chunks = [];
  for (;;) {
    const chunk = attempt(() => stream.blockingRead(65_536n), (reason) => {
      if (reason?.tag !== 'closed') throw new Error('the answer broke off');
    });
    if (chunk === undefined) break;
    chunks.push(decoder.decode(chunk, { stream: true }));
  }
  chunks.push(decoder.decode());
  return {
    status: incoming.status(),
    headers: Object.fromEntries(headers.map(([name, value]) => [name, decoder.decode(value)])),
    body: chunks.join(''),
  };
}

/** Calls; what the host refuses arrives as an error with a `payload`. */
function attempt(call, otherwise = (reason) => { throw errorOf(reason); }) {
  try {
    return call();
  } catch (error) {
    return otherwise(error.payload ?? error);
  }
}

function errorOf(code) {
  const why = Object.keys(BEFORE).find((why) => BEFORE[why].includes(code?.tag));
  const words = code?.tag ? JSON.stringify(code) : String(code);
  return why ? new NotSent(why, words) : new Error(words);
}
