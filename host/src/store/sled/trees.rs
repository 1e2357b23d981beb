//! The tables as sled trees, with sled's errors in our words.
//!
//! Reads may go on anywhere; only the writer thread writes (see `writer.rs`).

use std::path::{Path, PathBuf};

use ::sled::{Db, IVec, Tree};

use super::super::StoreError;
use super::super::export::newest_backup;
use super::keys::{self, Table};
use crate::model::TenantId;

pub(super) struct Trees {
    trees: Vec<Tree>,
    path: PathBuf,
}

pub(super) type RowOf = (IVec, IVec);

impl Trees {
    pub fn open(db: &Db, path: &Path) -> Result<Self, StoreError> {
        let open = |table: Table| {
            db.open_tree(table.name())
                .map_err(|cause| broken(path, cause))
        };
        let trees = Table::ALL.into_iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self {
            trees,
            path: path.to_owned(),
        })
    }

    pub fn tree(&self, table: Table) -> &Tree {
        // `Table::ALL` is in the order of the variants; a test keeps it so.
        &self.trees[table as usize]
    }

    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        self.tree(table)
            .get(key)
            .map_err(|cause| self.broken(cause))
    }

    /// The rows whose keys begin so, in order.
    pub fn scan(
        &self,
        table: Table,
        prefix: &[u8],
    ) -> impl DoubleEndedIterator<Item = Result<RowOf, StoreError>> + '_ {
        self.tree(table)
            .scan_prefix(prefix)
            .map(|row| row.map_err(|cause| self.broken(cause)))
    }

    /// The rows whose keys begin so, after this one.
    pub fn scan_after(
        &self,
        table: Table,
        prefix: Vec<u8>,
        after: Vec<u8>,
    ) -> impl Iterator<Item = Result<RowOf, StoreError>> + '_ {
        let from = (std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded);
        let rows = self
            .tree(table)
            .range(from)
            .map(|row| row.map_err(|cause| self.broken(cause)));
        rows.take_while(move |row| {
            row.as_ref()
                .map_or(true, |(key, _)| key.starts_with(&prefix))
        })
    }

    /// The first key at or after this one.
    pub fn first_key(&self, table: Table, from: &[u8]) -> Result<Option<IVec>, StoreError> {
        let row = self.tree(table).range(from..).next().transpose();
        Ok(row.map_err(|cause| self.broken(cause))?.map(|(key, _)| key))
    }

    /// Every tenant that has a row, found by leaping from one to the next.
    pub fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        let mut found = std::collections::BTreeSet::new();
        for table in Table::OF_TENANTS {
            let mut from = Vec::new();
            while let Some(key) = self.first_key(table, &from)? {
                let tenant = keys::tenant_of(&key)
                    .ok_or_else(|| super::rows::odd(table, "a key without a tenant"))?;
                from = keys::past(keys::tenant(&tenant));
                found.insert(tenant);
            }
        }
        Ok(found.into_iter().collect())
    }

    pub fn broken(&self, cause: ::sled::Error) -> StoreError {
        broken(&self.path, cause)
    }
}

/// What sled says, in our words and with the way out.
pub(super) fn broken(path: &Path, cause: ::sled::Error) -> StoreError {
    match cause {
        ::sled::Error::Io(cause) => StoreError::Io {
            path: path.display().to_string(),
            cause,
        },
        other => unreadable(path, &other.to_string()),
    }
}

/// The store does not read. Says which backup to restore; nothing is deleted or begun anew.
pub(super) fn unreadable(path: &Path, why: &str) -> StoreError {
    let backups = super::super::export::backup_folder(path);
    let advice = match newest_backup(&backups) {
        Some(backup) => format!(
            "move the folder aside and restore its newest backup: liaison store restore {}",
            backup.display()
        ),
        None => format!(
            "there is no backup in `{}`; move the folder aside and restore an export: \
             liaison store restore FILE",
            backups.display()
        ),
    };
    StoreError::Unreadable {
        path: path.display().to_string(),
        reason: format!("{why}; {advice}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_tables_is_in_the_order_of_its_variants() {
        for (place, table) in Table::ALL.into_iter().enumerate() {
            assert_eq!(table as usize, place);
        }
    }
}
