//! Links that a renamed connection would leave behind: its flows would begin anew, beside what they made.

use crate::config::tenant::Tenant;
use crate::model::{ConnectionId, LinkSet, Text};

use super::{Blame, Control, ControlError};

impl Control {
    /// Refuses a flow without links whose very pairs stand under a connection that the tenant's file no
    /// longer has, unless the file says that another system took its place.
    pub(super) async fn refuse_renamed(
        &self,
        tenant: &Tenant,
        set: &LinkSet,
    ) -> Result<(), ControlError> {
        let store = self.store().await?;
        if !store.link_page(set, None, 1).await?.is_empty() {
            return Ok(());
        }
        for other in store.link_sets(&tenant.id).await? {
            let Some((old, new)) = renamed(tenant, &other, set) else {
                continue;
            };
            if !store.link_page(&other, None, 1).await?.is_empty() {
                return Err(left_behind(old, new));
            }
        }
        Ok(())
    }
}

/// The connection of `other` that is gone, and the one of `set` that stands in its place.
fn renamed<'a>(
    tenant: &Tenant,
    other: &'a LinkSet,
    set: &'a LinkSet,
) -> Option<(&'a ConnectionId, &'a ConnectionId)> {
    let mut found = None;
    for (had, has) in [(&other.left, &set.left), (&other.right, &set.right)] {
        if had.1 != has.1 || other.role != set.role {
            return None;
        }
        if had.0 == has.0 {
            continue;
        }
        let replaced = tenant
            .connections
            .get(&has.0)
            .is_some_and(|connection| connection.replaces.contains(&had.0));
        if tenant.connections.contains_key(&had.0) || replaced {
            return None;
        }
        found = Some((&had.0, &has.0));
    }
    found
}

fn left_behind(old: &ConnectionId, new: &ConnectionId) -> ControlError {
    let args = vec![("old", old.to_string()), ("new", new.to_string())];
    let english = format!(
        "the links of this flow stand under the connection `{old}`, which the tenant's file no longer has; \
         with `{new}` it would make everything a second time"
    );
    let message = Text::new("error-connection-renamed", args.clone(), english);
    ControlError::new("connection-renamed", Blame::Command, message).hint(
        "connection-renamed",
        args,
        "the same system? Give the connection its old name back. Another one? Write `replaces = [\"OLD\"]` \
         with the old name into the new connection",
    )
}
