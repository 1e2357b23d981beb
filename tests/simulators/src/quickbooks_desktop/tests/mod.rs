//! QuickBooks as an application sees it, and the Web Connector as an endpoint does, over the seed that ships.

mod changes;
mod control;
mod endpoint;
mod lab;
mod links;
mod queries;
mod recovery;
mod samples;
mod sessions;
mod table;
