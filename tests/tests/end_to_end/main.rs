//! What the flows must do, each through the real binary, real components and simulators on loopback.

mod bad_input;
mod chaos;
mod contracts;
mod crm;
mod doctor;
mod hostile;
mod identity;
mod invoices;
mod lost_answers;
mod matching;
mod planning;
mod quickbooks;
mod quickbooks_door;
mod recovery;
mod rejections;
mod relay;
mod service;
