//! The address table: every spelling of what must not be reached, and what must.

use super::*;
use crate::connector::egress::hosts::Origin;
use reqwest::Url;

/// What a URL with this host would dial, as the URL parser reads it; None when it is no address.
fn dialled(host: &str) -> Option<SocketAddr> {
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    let origin = Origin::of(&url, false).ok()?;
    Some(SocketAddr::new(origin.ip()?, origin.port))
}

const REFUSED: &[(&str, &str)] = &[
    // loopback, in every way an address can be written
    ("127.0.0.1", "loopback"),
    ("127.0.0.1.", "loopback"),
    ("127.255.255.254", "loopback"),
    ("127.1", "loopback"),
    ("127.0.1", "loopback"),
    ("0177.0.0.1", "loopback"),
    ("0x7f.0.0.1", "loopback"),
    ("0x7f000001", "loopback"),
    ("0X7F000001", "loopback"),
    ("2130706433", "loopback"),
    ("017700000001", "loopback"),
    ("0x7f.1", "loopback"),
    ("%31%32%37.0.0.1", "loopback"),
    ("１２７.0.0.1", "loopback"),
    ("127。0。0。1", "loopback"),
    ("[::1]", "loopback"),
    ("[0:0:0:0:0:0:0:1]", "loopback"),
    ("[0000:0000::0001]", "loopback"),
    ("[::ffff:127.0.0.1]", "an IPv4 address in IPv6 clothes"),
    ("[::ffff:7f00:1]", "an IPv4 address in IPv6 clothes"),
    (
        "[0:0:0:0:0:ffff:7f00:0001]",
        "an IPv4 address in IPv6 clothes",
    ),
    ("[::127.0.0.1]", "an IPv4 address in IPv6 clothes"),
    ("[::ffff:8.8.8.8]", "an IPv4 address in IPv6 clothes"),
    ("[64:ff9b::7f00:1]", "NAT64"),
    ("[64:ff9b::8.8.8.8]", "NAT64"),
    ("[64:ff9b:1::1]", "NAT64"),
    ("[2002:7f00:1::]", "6to4"),
    ("[2002:808:808::1]", "6to4"),
    ("[2001::1]", "Teredo or reserved"),
    (
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "Teredo or reserved",
    ),
    ("[::ffff:0:127.0.0.1]", "not a global unicast address"),
    // unspecified
    ("0.0.0.0", "this network"),
    ("0", "this network"),
    ("0x0", "this network"),
    ("0.1.2.3", "this network"),
    ("[::]", "unspecified"),
    // private
    ("10.0.0.1", "private"),
    ("10.255.255.255", "private"),
    ("012.0.0.1", "private"),
    ("0xa000001", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.0.1", "private"),
    ("192.168.257", "private"),
    ("3232235777", "private"),
    ("100.64.0.1", "shared by a carrier"),
    ("100.127.255.255", "shared by a carrier"),
    ("[fc00::1]", "private or cloud metadata"),
    ("[fd12:3456:789a::1]", "private or cloud metadata"),
    ("[fec0::1]", "site-local"),
    // metadata and link-local
    ("169.254.169.254", "link-local or cloud metadata"),
    ("0xa9fea9fe", "link-local or cloud metadata"),
    ("2852039166", "link-local or cloud metadata"),
    ("0251.0376.0251.0376", "link-local or cloud metadata"),
    ("169.254.170.2", "link-local or cloud metadata"),
    ("168.63.129.16", "cloud metadata"),
    ("100.100.100.200", "shared by a carrier"),
    ("192.0.0.192", "reserved"),
    ("[fd00:ec2::254]", "private or cloud metadata"),
    ("[fe80::1]", "link-local"),
    ("[febf::1]", "link-local"),
    (
        "[::ffff:169.254.169.254]",
        "an IPv4 address in IPv6 clothes",
    ),
    ("[64:ff9b::a9fe:a9fe]", "NAT64"),
    // everything else that is nobody's server
    ("192.0.2.1", "documentation"),
    ("198.51.100.7", "documentation"),
    ("203.0.113.7", "documentation"),
    ("198.18.0.1", "benchmarking"),
    ("198.19.255.255", "benchmarking"),
    ("192.88.99.1", "6to4 relay"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved or broadcast"),
    ("255.255.255.255", "reserved or broadcast"),
    ("[ff02::1]", "multicast"),
    ("[100::1]", "discard"),
    ("[2001:db8::1]", "documentation"),
    ("[3fff::1]", "documentation"),
    ("[4000::1]", "not a global unicast address"),
    ("[5f00::1]", "not a global unicast address"),
];

const ALLOWED: &[&str] = &[
    "8.8.8.8",
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "192.169.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "169.253.255.255",
    "223.255.255.255",
    "[2606:4700:4700::1111]",
    "[2a00:1450:4001:81b::200e]",
    "[2001:4860:4860::8888]",
];

#[test]
fn spellings_of_what_must_not_be_reached() {
    for (host, what) in REFUSED {
        let address =
            dialled(host).unwrap_or_else(|| panic!("{host} is no address to the URL parser"));
        let found = check(address, &[]).map_err(|what| what.english);
        assert_eq!(found, Err(*what), "{host} = {address}");
    }
    assert!(REFUSED.len() >= 60);
}

#[test]
fn neighbours_of_what_is_refused_are_allowed() {
    for host in ALLOWED {
        assert_eq!(check(dialled(host).unwrap(), &[]), Ok(()), "{host}");
    }
}

#[test]
fn spellings_that_are_no_address_stay_names() {
    // A name is resolved, and what it resolves to is checked.
    for host in [
        "localhost",
        "metadata.google.internal",
        "127.0.0.1.nip.io",
        "example.com",
    ] {
        assert_eq!(dialled(host), None, "{host}");
    }
    // These are not even hosts.
    for host in [
        "127.0.0.1.5",
        "256.0.0.1",
        "127.0.0.0x100",
        "[::1",
        "1.2.3.4.5",
        "[fe80::1%25eth0]",
    ] {
        assert!(Url::parse(&format!("https://{host}/")).is_err(), "{host}");
    }
}

#[test]
fn an_exception_is_one_address_and_one_port() {
    let allowed: Vec<SocketAddr> = vec![
        "127.0.0.1:4010".parse().unwrap(),
        "[fd00::7]:443".parse().unwrap(),
    ];
    let at = |raw: &str| check(raw.parse().unwrap(), &allowed);
    assert_eq!(at("127.0.0.1:4010"), Ok(()));
    assert_eq!(at("[fd00::7]:443"), Ok(()));
    assert!(at("127.0.0.1:4011").is_err());
    assert!(at("127.0.0.2:4010").is_err());
    assert!(at("[::ffff:127.0.0.1]:4010").is_err());
}
