//! Links: one to one, found from both sides.

use super::*;

pub async fn a_new_store_is_empty(store: &dyn Store) {
    assert_eq!(store.tenants().await.unwrap(), []);
    assert_eq!(store.link_sets(&acme()).await.unwrap(), []);
    assert_eq!(found(store, Side::Left, "a").await, None);
    assert_eq!(found(store, Side::Right, "a").await, None);
    assert_eq!(store.intents(&acme(), None).await.unwrap(), []);
    assert_eq!(
        store.cursor(&acme(), &flow("companies")).await.unwrap(),
        None
    );
    assert_eq!(dump(store).await, []);
}

pub async fn a_link_is_found_from_both_sides(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    assert_eq!(
        found(store, Side::Left, "a").await,
        Some(link(&set(), "a", "1"))
    );
    assert_eq!(
        found(store, Side::Right, "1").await,
        Some(link(&set(), "a", "1"))
    );
    assert_eq!(found(store, Side::Left, "1").await, None);
    assert_eq!(found(store, Side::Right, "a").await, None);
}

pub async fn links_come_in_the_order_of_the_ids_asked_for(store: &dyn Store) {
    commit(store, vec![put("a", "1"), put("b", "2")]).await;
    let ids = [id("b"), id("x"), id("a"), id("b")];
    let links = store.links(&set(), Side::Left, &ids).await.unwrap();
    let rights: Vec<_> = links
        .iter()
        .map(|link| link.as_ref().map(|link| link.right.id.as_str()))
        .collect();
    assert_eq!(rights, [Some("2"), None, Some("1"), Some("2")]);
}

pub async fn a_right_id_belongs_to_one_link_only(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    let error = refused(store, vec![put("b", "1")]).await;
    let StoreError::LinkTaken {
        set: taken,
        side: Side::Right,
        id: right,
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!((*taken, right), (set(), id("1")));
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("a=1"));
    assert_eq!(found(store, Side::Left, "b").await, None);
}

pub async fn a_link_put_again_is_replaced_and_frees_its_old_right_id(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    commit(store, vec![put("a", "2")]).await;
    assert_eq!(pair(store, Side::Left, "a").await.as_deref(), Some("a=2"));
    assert_eq!(found(store, Side::Right, "1").await, None);
    commit(store, vec![put("b", "1")]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("b=1"));
}

pub async fn a_removed_link_frees_both_ids(store: &dyn Store) {
    commit(store, vec![put("a", "1")]).await;
    commit(store, vec![remove("a"), remove("never-there")]).await;
    assert_eq!(found(store, Side::Left, "a").await, None);
    assert_eq!(found(store, Side::Right, "1").await, None);
    commit(store, vec![put("b", "1"), put("a", "2")]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("b=1"));
}

pub async fn a_link_moves_within_one_commit(store: &dyn Store) {
    commit(store, vec![put("quote", "1")]).await;
    commit(store, vec![remove("quote"), put("order", "1")]).await;
    assert_eq!(
        pair(store, Side::Right, "1").await.as_deref(),
        Some("order=1")
    );
    assert_eq!(found(store, Side::Left, "quote").await, None);
}

pub async fn two_links_swap_partners_within_one_commit(store: &dyn Store) {
    commit(store, vec![put("a", "1"), put("b", "2")]).await;
    commit(store, vec![remove("a"), put("b", "1"), put("a", "2")]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("b=1"));
    assert_eq!(pair(store, Side::Right, "2").await.as_deref(), Some("a=2"));
}

pub async fn the_same_ids_in_another_role_are_another_link(store: &dyn Store) {
    let other = set_of("acme", "delivery");
    let second = Change::PutLink(Box::new(link(&other, "b", "1")));
    commit(store, vec![put("a", "1"), second]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("a=1"));
    let links = store.links(&other, Side::Right, &[id("1")]).await.unwrap();
    assert_eq!(links, [Some(link(&other, "b", "1"))]);
}

pub async fn a_tombstoned_link_is_not_live_and_holds_no_id(store: &dyn Store) {
    let mut dead = link(&set(), "a", "1");
    dead.state = LinkState::Tombstoned;
    commit(store, vec![put("a", "1")]).await;
    commit(store, vec![Change::PutLink(Box::new(dead.clone()))]).await;
    assert_eq!(found(store, Side::Left, "a").await, None);
    assert_eq!(found(store, Side::Right, "1").await, None);
    assert_eq!(store.link_page(&set(), None, 10).await.unwrap(), []);
    commit(store, vec![put("b", "1"), remove("a")]).await;
    assert_eq!(pair(store, Side::Right, "1").await.as_deref(), Some("b=1"));
    // It is kept, for its history.
    assert!(dump(store).await.contains(&Change::PutLink(Box::new(dead))));
    commit(store, vec![put("a", "2")]).await;
    assert_eq!(pair(store, Side::Right, "2").await.as_deref(), Some("a=2"));
}

pub async fn a_link_in_conflict_is_live(store: &dyn Store) {
    let mut disputed = link(&set(), "a", "1");
    disputed.state = LinkState::Conflict;
    commit(store, vec![Change::PutLink(Box::new(disputed.clone()))]).await;
    assert_eq!(found(store, Side::Right, "1").await, Some(disputed));
    assert!(matches!(
        refused(store, vec![put("b", "1")]).await,
        StoreError::LinkTaken { .. }
    ));
}

pub async fn everything_of_a_link_comes_back(store: &dyn Store) {
    let side = |raw: &str, seed| LinkSide {
        id: id(raw),
        version: Some("00012ab".into()),
        fingerprint: Some(Fingerprint([seed; 16])),
        base: Some(
            json!({ "name": "Ørsted & fils", "total": "10.00", "open": null, "tags": [1, 2.5] }),
        ),
    };
    let full = Link {
        left: side("É 1/2", 1),
        right: side("10-023", 255),
        generation: 3,
        cause: Cause::Adopted(flow("companies"), "vat".into()),
        created_at: Timestamp::new(1_700_000_000, 123_456_789).unwrap(),
        updated_at: at(5),
        ..link(&set(), "x", "y")
    };
    commit(store, vec![Change::PutLink(Box::new(full.clone()))]).await;
    assert_eq!(found(store, Side::Right, "10-023").await, Some(full));
}

pub async fn link_pages_go_through_a_set_in_order(store: &dyn Store) {
    let other = Change::PutLink(Box::new(link(&set_of("acme", "other"), "b2", "9")));
    commit(
        store,
        vec![
            put("c", "1"),
            put("a", "2"),
            put("b", "3"),
            put("b1", "4"),
            other,
        ],
    )
    .await;
    let lefts = |links: Vec<Link>| -> Vec<String> {
        links
            .into_iter()
            .map(|link| link.left.id.to_string())
            .collect()
    };
    let first = store.link_page(&set(), None, 3).await.unwrap();
    let after = first[2].left.id.clone();
    assert_eq!(lefts(first), ["a", "b", "b1"]);
    assert_eq!(
        lefts(store.link_page(&set(), Some(&after), 3).await.unwrap()),
        ["c"]
    );
    assert_eq!(
        lefts(store.link_page(&set(), Some(&id("aa")), 1).await.unwrap()),
        ["b"]
    );
    assert_eq!(
        lefts(store.link_page(&set(), Some(&id("c")), 3).await.unwrap()),
        [""; 0]
    );
    assert_eq!(
        lefts(store.link_page(&set(), None, 0).await.unwrap()),
        [""; 0]
    );
}

pub async fn link_sets_are_those_that_hold_links(store: &dyn Store) {
    let other = set_of("acme", "delivery");
    let second = Change::PutLink(Box::new(link(&other, "a", "1")));
    commit(store, vec![put("a", "1"), put("b", "2"), second]).await;
    assert_eq!(
        store.link_sets(&acme()).await.unwrap(),
        [other.clone(), set()]
    );
    assert_eq!(store.link_sets(&tenant("acme-2")).await.unwrap(), []);
    commit(store, vec![remove("a"), remove("b")]).await;
    assert_eq!(store.link_sets(&acme()).await.unwrap(), [other]);
}
