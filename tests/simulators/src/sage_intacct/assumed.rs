//! What the reference marks as assumed or leaves open, beside `switches.rs` (two ways, a client must bear
//! both) and the notes in `objects.txt`.
//!
//! - A function that succeeded under `uniqueid` is remembered by sender and control id for ever, reads and
//!   `getAPISession` included; one that failed or was rolled back is not.
//! - Sessions work at their own endpoint only. Nobody but the company of the seed is known.
//! - A GET is a 405, a wrong content type a 415, another path a page of HTML.
//! - A wrong `dtdversion` is a schema error; `2.1` knows the legacy functions only.
//! - With `showadditionalerrorinfo` the additional block is there and mostly empty.
//! - `create` of several records goes on after a refused one; `delete` of several is all or nothing.
//! - The code of `Draft` is `D`; an object type in the audit trail is the object's name in small letters.
//! - Unknown fields and read-only ones are refused; a read-only field that says what is there is ignored.
//! - Business ids compare exactly. A number holds at most a billion thousands.
//! - Field names are capitals; object names come in any case, and answers keep the documented casing.
//! - A filter treats an empty field as a database does: it equals nothing and differs from nothing.
//! - Without `orderby`, rows come shuffled, the same way each time. `docparid` keeps other definitions out.
//! - Keys are split at commas, so that `readByName` cannot name a contact `Roy, Marie`; a query can.
//! - `readMore` shows rows as they are then and leaves out those that have gone.
//! - A draft contract needs its required fields and good references; whether customer, term, location and
//!   contacts are active is asked when it is posted, or made in progress at once.
//! - Once posted, a contract keeps its customer, begin, currency, term type and location; cancelled or
//!   renewed, it keeps all. A state is never changed by an update.
//! - A line of a draft contract must be a draft. A live line lies within the dates of its contract. Posted,
//!   it keeps item and billing method; invoiced, its dates, amounts and billing too.
//! - A termed contract has an end, and so has its line; the amount of a line is quantity × price ×
//!   multiplier less the discount, rounded to cents, unless it is given.
//! - Billing schedules: equal parts by the template's frequency, the rest in the last; evergreen lines a
//!   year ahead. Only fixed price lines have one.
//! - A renewal is a new contract by the sequence, with the lines that renew; the old one is `Renewed` and
//!   its other lines `Not renewed`. Without a length it lasts as long as the old one.
//! - Deleting a contract takes its unbilled lines along. What others refer to is not deleted.
//! - A preview without `INCLUDECONTRACTS` is empty, and a run over nothing has failed.
//! - An edited document's receivable keeps what was paid of it, under its new key.
//! - Receivables of order entry are changed in order entry only.
//! - Who has no permission is told under `DL02000001`; what is not subscribed is not found.
//! - The audit trail keeps creations and changes (`C`, `M`) beside deletions (`D`).
