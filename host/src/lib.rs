//! liaison keeps business systems in step: connectors reach the systems, flows say what becomes what,
//! and the engine does it once.
//!
//! Data runs one way, top to bottom; a module uses only what stands strictly below it (checked by
//! `tests/tidy.rs`):
//!
//! ```text
//! 9  cli         the only place that prints
//! 8  serve       the service: what is due, the door for the other commands, the page
//! 7  render      answers as text
//! 6  control     every command as a typed request with its answer
//! 4  engine      one run of one flow
//! 3  connector   wasmtime, egress      3  store   links, intents, cursors      3  mapping   pure
//! 2  config      files → checked values, with their places     2  secret     2  catalogue   words
//! 2  matching    which existing records are the same; pure
//! 1  schedule    when a flow runs; pure     1  service_manager   systemd or Windows' service manager
//! 1  model       plain types            0  guard   what a test can switch off     0  owner_only   private files
//! ```

pub mod catalogue;
pub mod cli;
pub mod config;
pub mod connector;
pub mod control;
pub mod engine;
pub mod guard;
pub mod mapping;
pub mod matching;
pub mod model;
pub mod owner_only;
pub mod render;
pub mod schedule;
pub mod secret;
pub mod serve;
pub mod service_manager;
pub mod store;
