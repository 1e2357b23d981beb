//! Which addresses a connector may reach.
//!
//! Only what is globally routable. Everything else needs the exact address and port in the
//! connection's `allow_private`: a name that points into the private network, now or after a change of
//! its DNS record, is how a guest would reach the metadata service or the status page.
//!
//! Invariant: every address is checked, the ones a resolver gives and the ones that stand in the URL.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Fine when the address may be dialled, else what it is, for a person.
pub fn check(address: SocketAddr, allow_private: &[SocketAddr]) -> Result<(), &'static str> {
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
            refused(&V6, |net| in_v6(ip, net)).and(Err("not a global unicast address"))
        }
        IpAddr::V6(ip) => refused(&V6, |net| in_v6(ip, net)),
    }
}

type Block<A> = (A, u32);

fn refused<A>(
    blocks: &[(Block<A>, &'static str)],
    holds: impl Fn(&Block<A>) -> bool,
) -> Result<(), &'static str> {
    match blocks.iter().find(|(block, _)| holds(block)) {
        Some((_, what)) => Err(what),
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

/// From IANA's special-purpose registry, and the metadata addresses of clouds.
const V4: [(Block<Ipv4Addr>, &str); 17] = [
    (v4(0, 0, 0, 0, 8), "this network"),
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "shared by a carrier"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local or cloud metadata"),
    (v4(168, 63, 129, 16, 32), "cloud metadata"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 0, 0, 0, 24), "reserved"),
    (v4(192, 0, 2, 0, 24), "documentation"),
    (v4(192, 31, 196, 0, 24), "reserved"),
    (v4(192, 88, 99, 0, 24), "6to4 relay"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v4(198, 18, 0, 0, 15), "benchmarking"),
    (v4(198, 51, 100, 0, 24), "documentation"),
    (v4(203, 0, 113, 0, 24), "documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved or broadcast"),
];

/// The first match names it, so the narrow ones come first.
const V6: [(Block<Ipv6Addr>, &str); 15] = [
    ((Ipv6Addr::UNSPECIFIED, 128), "unspecified"),
    ((Ipv6Addr::LOCALHOST, 128), "loopback"),
    (
        (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
        "an IPv4 address in IPv6 clothes",
    ),
    (
        (Ipv6Addr::UNSPECIFIED, 96),
        "an IPv4 address in IPv6 clothes",
    ),
    ((Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96), "NAT64"),
    (v6(0x64, 0xff9b, 1, 48), "NAT64"),
    (v6(0x100, 0, 0, 64), "discard"),
    (v6(0xfc00, 0, 0, 7), "private or cloud metadata"),
    (v6(0xfe80, 0, 0, 10), "link-local"),
    (v6(0xfec0, 0, 0, 10), "site-local"),
    (v6(0xff00, 0, 0, 8), "multicast"),
    (v6(0x2001, 0, 0, 23), "Teredo or reserved"),
    (v6(0x2001, 0xdb8, 0, 32), "documentation"),
    (v6(0x2002, 0, 0, 16), "6to4"),
    (v6(0x3fff, 0, 0, 20), "documentation"),
];

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
