//! The rows of a table and their indexes, kept so that a clone is cheap and shares what does not change.
//!
//! Every function begins with a snapshot of the whole company; without this, a thousand creations would copy
//! a thousand tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::company::Row;

/// Rows of one chunk; a change copies one chunk.
const CHUNK: i64 = 128;
const BUCKETS: u64 = 128;

type Chunk = BTreeMap<i64, Arc<Row>>;

/// Rows by key, in order.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    chunks: Arc<BTreeMap<i64, Arc<Chunk>>>,
    len: usize,
}

impl Rows {
    pub fn get(&self, key: i64) -> Option<&Row> {
        let chunk = self.chunks.get(&key.div_euclid(CHUNK))?;
        chunk.get(&key).map(Arc::as_ref)
    }

    pub fn all(&self) -> impl Iterator<Item = &Row> {
        let chunks = self.chunks.values();
        chunks.flat_map(|chunk| chunk.values().map(Arc::as_ref))
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn put(&mut self, row: Row) {
        let chunks = Arc::make_mut(&mut self.chunks);
        let chunk = chunks.entry(row.key.div_euclid(CHUNK)).or_default();
        let old = Arc::make_mut(chunk).insert(row.key, Arc::new(row));
        self.len += usize::from(old.is_none());
    }

    pub fn remove(&mut self, key: i64) -> Option<Arc<Row>> {
        let chunks = Arc::make_mut(&mut self.chunks);
        let chunk = chunks.get_mut(&key.div_euclid(CHUNK))?;
        let row = Arc::make_mut(chunk).remove(&key)?;
        self.len -= 1;
        Some(row)
    }
}

type Bucket = BTreeMap<String, BTreeSet<i64>>;

/// Keys by what a field holds.
#[derive(Debug, Clone, Default)]
pub struct Index {
    buckets: Arc<BTreeMap<u64, Arc<Bucket>>>,
}

impl Index {
    pub fn keys(&self, value: &str) -> impl Iterator<Item = i64> {
        let bucket = self.buckets.get(&bucket_of(value));
        let keys = bucket.and_then(|bucket| bucket.get(value));
        keys.into_iter().flatten().copied()
    }

    pub fn add(&mut self, value: &str, key: i64) {
        let buckets = Arc::make_mut(&mut self.buckets);
        let bucket = Arc::make_mut(buckets.entry(bucket_of(value)).or_default());
        bucket.entry(value.to_owned()).or_default().insert(key);
    }

    pub fn remove(&mut self, value: &str, key: i64) {
        let buckets = Arc::make_mut(&mut self.buckets);
        let Some(bucket) = buckets.get_mut(&bucket_of(value)) else {
            return;
        };
        let bucket = Arc::make_mut(bucket);
        if let Some(keys) = bucket.get_mut(value) {
            keys.remove(&key);
            if keys.is_empty() {
                bucket.remove(value);
            }
        }
    }
}

/// FNV-1a, folded.
fn bucket_of(value: &str) -> u64 {
    let hash = value.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::{Index, Rows};
    use crate::sage_intacct::company::Row;

    #[test]
    fn rows_come_in_the_order_of_their_keys_across_chunks() {
        let mut rows = Rows::default();
        for key in [300, 1, 127, 128, 129, -5] {
            rows.put(Row::of(key));
        }
        let before = rows.clone();
        assert!(rows.remove(128).is_some() && rows.remove(128).is_none());
        let keys = |rows: &Rows| rows.all().map(|row| row.key).collect::<Vec<_>>();
        assert_eq!(keys(&rows), [-5, 1, 127, 129, 300]);
        assert_eq!((rows.len(), before.len()), (5, 6));
        assert!(before.get(128).is_some() && rows.get(128).is_none());
    }

    #[test]
    fn an_index_finds_all_of_a_value() {
        let mut index = Index::default();
        for (value, key) in [("A", 1), ("A", 3), ("B", 2), ("A", 2)] {
            index.add(value, key);
        }
        let before = index.clone();
        index.remove("A", 2);
        index.remove("B", 2);
        index.remove("C", 9);
        let keys = |index: &Index, value: &str| index.keys(value).collect::<Vec<_>>();
        assert_eq!(keys(&index, "A"), [1, 3]);
        assert!(keys(&index, "B").is_empty());
        assert_eq!(keys(&before, "A"), [1, 2, 3]);
    }
}
