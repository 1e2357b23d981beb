// What this connector is and asks for. The host refuses whatever does not stand here: another host, the secret
// in another place, an operation that is not declared.

import { ENTITY } from './task.js';
import { text } from './words.js';

export const OVERLAP_S = 5;
/** The most tasks in one answer of the API, and ids in one question. */
export const PAGE_MAX = 100;

const BASE = '{base_url}';

const SETTINGS = {
  type: 'object',
  properties: {
    base_url: { type: 'string', format: 'uri', description: 'Address of the API, such as https://tasks.example' },
  },
  required: ['base_url'],
  additionalProperties: false,
};

const own = { type: 'string', 'x-liaison-read-only': true };
const short = (maxLength) => ({ type: ['string', 'null'], maxLength });

const TASK = {
  type: 'object',
  properties: {
    id: own,
    number: { ...short(80), description: 'The number people use; no two tasks have the same' },
    title: { type: 'string', maxLength: 120 },
    details: short(4000),
    customer: short(80),
    status: { type: 'string', enum: ['open', 'done', 'cancelled'] },
    due_on: { type: ['string', 'null'], format: 'date' },
    price: { type: ['string', 'null'], format: 'decimal' },
    created_at: { ...own, format: 'date-time' },
    modified_at: { ...own, format: 'date-time' },
  },
  required: ['title'],
};

export function manifest() {
  return {
    name: 'js-tasks',
    version: '0.1.0',
    title: text('title'),
    vendor: 'Example',
    settings: JSON.stringify(SETTINGS),
    secrets: [
      {
        name: 'api_key',
        title: text('api-key'),
        required: true,
        hosts: [BASE],
        places: [{ tag: 'header', val: 'x-api-key' }],
      },
    ],
    hosts: [{ pattern: BASE, reason: text('host') }],
    limits: { rates: [{ requests: 50, windowS: 1 }], concurrency: 2, ext: [] },
    entities: [
      {
        name: ENTITY,
        title: text('task'),
        schema: JSON.stringify(TASK),
        operations: { read: true, find: true, query: true, changes: true, create: true, update: true, delete: true },
        // The API remembers an Idempotency-Key for a day; after that a task is known by its number.
        idempotency: [{ tag: 'native-key', val: 86_400 }, { tag: 'marker', val: 'number' }],
        changes: { tag: 'stamp', val: OVERLAP_S },
        filters: ['number', 'customer', 'status'].map((field) => ({ field, ops: ['eq'] })),
        keys: ['number', 'customer'],
        readBatch: PAGE_MAX,
        writeBatch: 20,
        ext: [],
      },
    ],
    ext: [],
  };
}
