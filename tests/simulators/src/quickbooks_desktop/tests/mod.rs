//! QuickBooks as an application sees it, and the Web Connector as an endpoint does, over the seed that ships.

mod samples;
mod table;
