//! Which addresses a connector may reach.
//!
//! Only what is globally routable. Everything else needs the exact address and port in the
//! connection's `allow_private`: a name that points into the private network, now or after a change of
//! its DNS record, is how a guest would reach the metadata service or the status page.
//!
//! Invariant: every address is checked, the ones a resolver gives and the ones that stand in the URL.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::model::Word;

/// Fine when the address may be dialled, else what it is, for a person.
pub fn check(address: SocketAddr, allow_private: &[SocketAddr]) -> Result<(), Word> {
    let listed = allow_private
        .iter()
        .any(|allowed| allowed.ip() == address.ip() && allowed.port() == address.port());
    if listed {
        return Ok(());
    }
    match address.ip() {
        IpAddr::V4(ip) => refused(&V4, |net| in_v4(ip, net)),
        // The one block that holds global unicast addresses; what is special inside it follows.
        IpAddr::V6(ip) if !in_v6(ip, &(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)) => {
            refused(&V6, |net| in_v6(ip, net)).and(Err(NOT_GLOBAL))
        }
        IpAddr::V6(ip) => refused(&V6, |net| in_v6(ip, net)),
    }
}

type Block<A> = (A, u32);

fn refused<A>(blocks: &[(Block<A>, Word)], holds: impl Fn(&Block<A>) -> bool) -> Result<(), Word> {
    match blocks.iter().find(|(block, _)| holds(block)) {
        Some((_, what)) => Err(*what),
        None => Ok(()),
    }
}

fn in_v4(ip: Ipv4Addr, (net, bits): &Block<Ipv4Addr>) -> bool {
    (u32::from(ip) ^ u32::from(*net)).leading_zeros() >= *bits
}

fn in_v6(ip: Ipv6Addr, (net, bits): &Block<Ipv6Addr>) -> bool {
    (u128::from(ip) ^ u128::from(*net)).leading_zeros() >= *bits
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u32) -> Block<Ipv4Addr> {
    (Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(a: u16, b: u16, c: u16, bits: u32) -> Block<Ipv6Addr> {
    (Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

// What an address is, as in "…, which is private".
const BENCHMARKING: Word = Word::new("address-benchmarking", "benchmarking");
const DISCARD: Word = Word::new("address-discard", "discard");
const DOCUMENTATION: Word = Word::new("address-documentation", "documentation");
const LINK_LOCAL: Word = Word::new("address-link-local", "link-local");
const LINK_LOCAL_OR_METADATA: Word = Word::new(
    "address-link-local-or-metadata",
    "link-local or cloud metadata",
);
const LOOPBACK: Word = Word::new("address-loopback", "loopback");
const MAPPED: Word = Word::new("address-mapped", "an IPv4 address in IPv6 clothes");
const METADATA: Word = Word::new("address-metadata", "cloud metadata");
const MULTICAST: Word = Word::new("address-multicast", "multicast");
const NAT64: Word = Word::new("address-nat64", "NAT64");
const NOT_GLOBAL: Word = Word::new("address-not-global", "not a global unicast address");
const PRIVATE: Word = Word::new("address-private", "private");
const PRIVATE_OR_METADATA: Word =
    Word::new("address-private-or-metadata", "private or cloud metadata");
const RESERVED: Word = Word::new("address-reserved", "reserved");
const RESERVED_OR_BROADCAST: Word =
    Word::new("address-reserved-or-broadcast", "reserved or broadcast");
const SHARED_BY_A_CARRIER: Word = Word::new("address-shared-by-a-carrier", "shared by a carrier");
const SITE_LOCAL: Word = Word::new("address-site-local", "site-local");
const SIX_TO_FOUR: Word = Word::new("address-6to4", "6to4");
const SIX_TO_FOUR_RELAY: Word = Word::new("address-6to4-relay", "6to4 relay");
const TEREDO_OR_RESERVED: Word = Word::new("address-teredo-or-reserved", "Teredo or reserved");
const THIS_NETWORK: Word = Word::new("address-this-network", "this network");
const UNSPECIFIED: Word = Word::new("address-unspecified", "unspecified");

/// From IANA's special-purpose registry, and the metadata addresses of clouds.
const V4: [(Block<Ipv4Addr>, Word); 17] = [
    (v4(0, 0, 0, 0, 8), THIS_NETWORK),
    (v4(10, 0, 0, 0, 8), PRIVATE),
    (v4(100, 64, 0, 0, 10), SHARED_BY_A_CARRIER),
    (v4(127, 0, 0, 0, 8), LOOPBACK),
    (v4(169, 254, 0, 0, 16), LINK_LOCAL_OR_METADATA),
    (v4(168, 63, 129, 16, 32), METADATA),
    (v4(172, 16, 0, 0, 12), PRIVATE),
    (v4(192, 0, 0, 0, 24), RESERVED),
    (v4(192, 0, 2, 0, 24), DOCUMENTATION),
    (v4(192, 31, 196, 0, 24), RESERVED),
    (v4(192, 88, 99, 0, 24), SIX_TO_FOUR_RELAY),
    (v4(192, 168, 0, 0, 16), PRIVATE),
    (v4(198, 18, 0, 0, 15), BENCHMARKING),
    (v4(198, 51, 100, 0, 24), DOCUMENTATION),
    (v4(203, 0, 113, 0, 24), DOCUMENTATION),
    (v4(224, 0, 0, 0, 4), MULTICAST),
    (v4(240, 0, 0, 0, 4), RESERVED_OR_BROADCAST),
];

/// The first match names it, so the narrow ones come first.
const V6: [(Block<Ipv6Addr>, Word); 15] = [
    ((Ipv6Addr::UNSPECIFIED, 128), UNSPECIFIED),
    ((Ipv6Addr::LOCALHOST, 128), LOOPBACK),
    ((Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96), MAPPED),
    ((Ipv6Addr::UNSPECIFIED, 96), MAPPED),
    ((Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96), NAT64),
    (v6(0x64, 0xff9b, 1, 48), NAT64),
    (v6(0x100, 0, 0, 64), DISCARD),
    (v6(0xfc00, 0, 0, 7), PRIVATE_OR_METADATA),
    (v6(0xfe80, 0, 0, 10), LINK_LOCAL),
    (v6(0xfec0, 0, 0, 10), SITE_LOCAL),
    (v6(0xff00, 0, 0, 8), MULTICAST),
    (v6(0x2001, 0, 0, 23), TEREDO_OR_RESERVED),
    (v6(0x2001, 0xdb8, 0, 32), DOCUMENTATION),
    (v6(0x2002, 0, 0, 16), SIX_TO_FOUR),
    (v6(0x3fff, 0, 0, 20), DOCUMENTATION),
];

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
