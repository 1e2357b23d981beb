//! Salesforce as a client sees it, over the seed that ships.
