//! Pages of a query: the link to the next one and the verb it must be called with.
//!
//! The link carries a keyset on the id, so a page is live: rows that arrive or change between two
//! pages are seen or moved, as at the vendor.

use serde_json::{Value, json};

use super::routes::{percent_decode, percent_encode, query_parameter};

/// Where a page begins: after this id. -1 begins before the root company, whose id is 0.
pub const FIRST_PAGE: i64 = -1;

/// How the first request of a query came; the next page must come the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    Post,
    /// With the raw `search` parameter, still encoded.
    Get(&'a str),
}

/// The absolute address of the page after `last_id`.
pub fn next_page_url(
    query_url: &str,
    origin: Origin<'_>,
    rows_max: usize,
    this_after: i64,
    last_id: i64,
) -> String {
    let paging = json!({"pageSize": rows_max, "previousIds": [this_after], "nextIds": [last_id]});
    let paging = percent_encode(&paging.to_string());
    match origin {
        Origin::Post => format!("{query_url}/next?paging={paging}"),
        Origin::Get(search) => format!("{query_url}/next?paging={paging}&search={search}"),
    }
}

/// The id after which the requested page begins, and its size.
pub fn read_paging(query: &str) -> Option<(i64, usize)> {
    let paging: Value =
        serde_json::from_str(&percent_decode(query_parameter(query, "paging")?)).ok()?;
    let after = paging["nextIds"][0].as_i64()?;
    let size = usize::try_from(paging["pageSize"].as_u64()?).ok()?;
    Some((after, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_back_to_its_page() {
        let url = next_page_url(
            "http://x/V1.0/Companies/query",
            Origin::Post,
            500,
            FIRST_PAGE,
            725,
        );
        assert_eq!(
            url,
            "http://x/V1.0/Companies/query/next?paging=%7b%22pageSize%22%3a500%2c%22previousIds%22%3a%5b-1%5d%2c%22nextIds%22%3a%5b725%5d%7d"
        );
        let (_, query) = url.split_once('?').unwrap();
        assert_eq!(read_paging(query), Some((725, 500)));
        assert_eq!(read_paging("paging=%7b%7d"), None);
    }
}
