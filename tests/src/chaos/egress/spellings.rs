//! How an address can be written, by those who want it not to be recognised.
//!
//! Invariant: every spelling here leads to a forbidden address if anybody follows it as some client,
//! library or proxy does; a host that refuses all of them refuses nothing useful.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::chaos::loopback::Dice;

/// What must never be reached, beside what the listeners stand on.
pub const V4: [[u8; 4]; 24] = [
    [127, 0, 0, 1],
    [127, 0, 0, 2],
    [127, 255, 255, 254],
    [0, 0, 0, 0],
    [0, 0, 0, 1],
    [10, 0, 0, 1],
    [10, 255, 255, 255],
    [172, 16, 0, 1],
    [172, 31, 255, 254],
    [192, 168, 0, 1],
    [192, 168, 255, 254],
    [100, 64, 0, 1],
    [100, 100, 100, 200],
    [100, 127, 255, 254],
    [169, 254, 0, 1],
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [168, 63, 129, 16],
    [192, 0, 0, 192],
    [198, 18, 0, 1],
    [203, 0, 113, 7],
    [224, 0, 0, 1],
    [240, 0, 0, 1],
    [255, 255, 255, 255],
];

pub const V6: [&str; 16] = [
    "::1",
    "::",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fdff:ffff:ffff:ffff:ffff:ffff:ffff:fffe",
    "fe80::1",
    "fe80::5efe:7f00:1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
];

/// This address as a host of a URL, in many ways.
pub fn of_v4(octets: [u8; 4], dice: &mut Dice) -> Vec<String> {
    let ip = Ipv4Addr::from(octets);
    let whole = u32::from(ip);
    let [a, b, c, d] = octets;
    let parts = octets.map(u32::from);
    let dotted = ip.to_string();
    let mut hosts = vec![
        dotted.clone(),
        format!("{dotted}."),
        whole.to_string(),
        format!("0{whole:o}"),
        format!("0000{whole:o}"),
        format!("0x{whole:x}"),
        format!("0X{whole:X}"),
        format!("0x0000{whole:x}"),
        // Two and three parts: the last one takes what is left.
        format!("{a}.{}", whole & 0xff_ffff),
        format!("{a}.0x{:x}", whole & 0xff_ffff),
        format!("0x{a:x}.0{:o}", whole & 0xff_ffff),
        format!("{a}.{b}.{}", whole & 0xffff),
        format!("0{a:o}.{b}.0x{:x}", whole & 0xffff),
        // Each part in its own base.
        parts.map(|part| format!("0{part:o}")).join("."),
        parts.map(|part| format!("0000{part:o}")).join("."),
        parts.map(|part| format!("0x{part:x}")).join("."),
        parts.map(|part| format!("0X{part:02X}")).join("."),
        format!("0x{a:x}.0{b:o}.{c}.{d}"),
        parts.map(|part| written(part, dice)).join("."),
        parts.map(|part| written(part, dice)).join("."),
        // Characters that become others on the way.
        percent(&dotted),
        some_percent(&dotted, dice),
        dotted.replace('.', "%2e"),
        wide(&dotted),
        dotted.replace('.', "\u{3002}"),
        dotted.replace('.', "\u{ff0e}"),
        dotted.replace('.', "\u{ff61}"),
        mathematical(&dotted),
        format!("{dotted}\u{ad}"),
        format!("\u{200b}{dotted}"),
        percent(&wide(&dotted)),
        // In the clothes of the other family.
        format!("[::ffff:{dotted}]"),
        format!("[::FFFF:{dotted}]"),
        format!("[::ffff:{:x}:{:x}]", whole >> 16, whole & 0xffff),
        format!(
            "[0:0:0:0:0:ffff:{:04x}:{:04X}]",
            whole >> 16,
            whole & 0xffff
        ),
        format!("[0000:0000:0000:0000:0000:ffff:{dotted}]"),
        format!("[::{dotted}]"),
        format!("[::{:x}:{:x}]", whole >> 16, whole & 0xffff),
        format!("[::ffff:0:{dotted}]"),
        format!("[64:ff9b::{dotted}]"),
        format!("[64:ff9b:1::{dotted}]"),
        format!("[2002:{:x}:{:x}::1]", whole >> 16, whole & 0xffff),
        format!("[2001:0:1:1::{:x}:{:x}]", !whole >> 16, !whole & 0xffff),
        format!("[fe80::5efe:{dotted}]"),
        // Zones.
        format!("[::ffff:{dotted}%25lo]"),
        format!("[::ffff:{dotted}%lo]"),
        // What is no address to a careful parser, and one to a careless.
        format!("{dotted}%00"),
        format!("{dotted}%20"),
        format!("{dotted}%09.granted.example"),
        format!("{dotted}%2f.granted.example"),
        format!("{dotted}%23.granted.example"),
        format!("{a}.{b}.{c}.{}", parts[3] + 256),
        format!("{}", u64::from(whole) + (1 << 32)),
        format!("{dotted}.."),
        format!(".{dotted}"),
        format!("[{dotted}]"),
    ];
    hosts.dedup();
    hosts
}

pub fn of_v6(address: &str) -> Vec<String> {
    let ip: Ipv6Addr = address.parse().expect("the table holds addresses");
    let segments = ip.segments();
    let full = segments.map(|part| format!("{part:04x}")).join(":");
    let short = segments.map(|part| format!("{part:x}")).join(":");
    vec![
        format!("[{ip}]"),
        format!("[{}]", ip.to_string().to_uppercase()),
        format!("[{full}]"),
        format!("[{}]", full.to_uppercase()),
        format!("[{short}]"),
        format!("[{ip}%25lo]"),
        format!("[{ip}%25eth0]"),
        format!("[{ip}%lo]"),
        format!("[{ip}%251]"),
        format!("%5B{ip}%5D"),
        format!("[{ip}].granted.example"),
        format!("{ip}"),
    ]
}

/// One part of an address in a base of chance.
fn written(part: u32, dice: &mut Dice) -> String {
    match dice.below(5) {
        0 => format!("0{part:o}"),
        1 => format!("0x{part:x}"),
        2 => format!("00{part:o}"),
        3 => format!("0X00{part:X}"),
        _ => part.to_string(),
    }
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn some_percent(text: &str, dice: &mut Dice) -> String {
    let one = |c: char| match dice.below(3) {
        0 => format!("%{:02X}", u32::from(c)),
        _ => c.to_string(),
    };
    text.chars().map(one).collect()
}

/// Digits and dots as wide as the letters of the East.
fn wide(text: &str) -> String {
    text.chars().map(|c| moved(c, 0xff10, '\u{ff0e}')).collect()
}

fn mathematical(text: &str) -> String {
    text.chars().map(|c| moved(c, 0x1d7ce, '.')).collect()
}

fn moved(c: char, zero: u32, dot: char) -> char {
    match c.to_digit(10) {
        Some(digit) => char::from_u32(zero + digit).unwrap_or(c),
        None => dot,
    }
}

/// Around a host: everything a URL can hold that makes another part of it look like the host. `{h}` the
/// host, `{p}` a port with a trap, `{g}` a host that is granted, `{q}` its port.
pub const DRESSES: &[&str] = &[
    "http://{h}:{p}/",
    "https://{h}:{p}/",
    "http://{h}/",
    "https://{h}/latest/meta-data/",
    "HTTP://{h}:{p}/",
    "hTtPs://{h}:{p}/x?y=1#z",
    "http://{h}:80/",
    "http://{h}:443/",
    "http://{h}:0/",
    "http://{h}:0{p}/",
    "http://{h}:+{p}/",
    "http://{h}: {p}/",
    "http://{h}:{p}0000/",
    "http://{h}:/",
    "http://{h}:{p}",
    "http://{h}:{p}?",
    "http://{h}:{p}#",
    "http://{h}.:{p}/",
    // another host in front of the @
    "http://{g}@{h}:{p}/",
    "http://{g}:{q}@{h}:{p}/",
    "http://user:password@{h}:{p}/",
    "http://@{h}:{p}/",
    "http://:@{h}:{p}/",
    "http://{g}%40{h}:{p}/",
    "http://{g}@{g}@{h}:{p}/",
    "http://{g}&@{h}:{p}#@{g}/",
    // slashes of both kinds, and too few or too many
    "http://{h}:{p}\\@{g}:{q}/",
    "http://{g}:{q}\\@{h}:{p}/",
    "http:\\\\{h}:{p}\\",
    "http:/{h}:{p}/",
    "http:{h}:{p}/",
    "http:///{h}:{p}/",
    "http:////{h}:{p}/",
    "//{h}:{p}/",
    "/\\{h}:{p}/",
    "http://{h}:{p}%2f@{g}:{q}/",
    "http://{h}:{p}%5c@{g}:{q}/",
    // where one parser sees the end of the host and another does not
    "http://{h}:{p}#@{g}:{q}/",
    "http://{h}:{p}?@{g}:{q}/",
    "http://{h}:{p};{g}:{q}/",
    "http://{h}:{p},{g}:{q}/",
    "http://{h},{g}:{p}/",
    "http://{h}:{p}:{q}/",
    "http://{h}#{g}:{q}/",
    "http://{h}|{g}:{p}/",
    "http://{h}^{g}:{p}/",
    "http://{{h}}:{p}/",
    "http://{h}:{p}/../@{g}:{q}/",
    "http://{g}.{h}:{p}/",
    "http://{h}.{g}:{p}/",
    // blanks and line ends
    " http://{h}:{p}/",
    "http:// {h}:{p}/",
    "http://{h} :{p}/",
    "http://{h}\t:{p}/",
    "ht\ttp://{h}:{p}/",
    "http://{h}\r\n:{p}/",
    "http://{h}:{p}\r\n/",
    "http://{h}\0:{p}/",
    "http://{h}%0d%0a:{p}/",
    "http://{h}:{p}/ HTTP/1.1\r\nHost: {g}\r\n\r\n",
    "http://{h}:{p}/%0d%0aHost:%20{g}",
    "http://{h}:{p}/\u{a0}{g}",
    "\u{feff}http://{h}:{p}/",
    // other schemes
    "file://{h}/etc/passwd",
    "file:///etc/passwd",
    "ftp://{h}:{p}/",
    "gopher://{h}:{p}/_GET%20/%20HTTP/1.0%0d%0a",
    "dict://{h}:{p}/stat",
    "ldap://{h}:{p}/",
    "tftp://{h}:{p}/x",
    "sftp://{h}:{p}/",
    "ws://{h}:{p}/",
    "wss://{h}:{p}/",
    "jar:http://{h}:{p}/!/",
    "view-source:http://{h}:{p}/",
    "blob:http://{h}:{p}/0",
    "data:text/plain,{h}",
    "javascript:fetch('http://{h}:{p}/')",
    "http+unix://{h}:{p}/",
    "h2c://{h}:{p}/",
];

/// The URL with the host in this dress.
pub fn dressed(dress: &str, host: &str, port: u16, granted: &str, its_port: u16) -> String {
    dress
        .replace("{h}", host)
        .replace("{p}", &port.to_string())
        .replace("{g}", granted)
        .replace("{q}", &its_port.to_string())
}

/// Names that are not `granted.example` and not below `wild.example`, and look like it to somebody.
pub const STRANGERS: &[&str] = &[
    "granted.example.evil.test",
    "granted.example.evil",
    "evilgranted.example",
    "evil-granted.example",
    "grantedexample",
    "granted-example",
    "granted.example-evil.test",
    "granted.examples",
    "granted.exampl",
    "granted.example.",
    "granted.example..",
    ".granted.example",
    "sub.granted.example",
    "granted..example",
    "granted.example.granted.example.evil.test",
    "evil.test",
    "evil.test.",
    "wild.example",
    "wild.example.",
    "evilwild.example",
    "evil-wild.example",
    "wild.example.evil.test",
    "a.wild.example.evil.test",
    "a.wild.example.",
    "a.wildexample",
    "a-wild.example",
    "example",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "localhost.localdomain",
    "ip6-localhost",
    "granted.example%2eevil.test",
    "granted.example%00.evil.test",
    "granted.example%23.evil.test",
    "granted.example%2f.evil.test",
    "granted.example%20.evil.test",
    "granted.example%0a.evil.test",
    "granted.example_.evil.test",
    "granted\u{3002}example\u{3002}evil.test",
    "gr\u{430}nted.example",
    "xn--grnted-3nf.example",
    "grante\u{501}.example",
    "granted.example\u{2024}evil.test",
    "granted.e\u{445}ample",
    "metadata.google.internal",
    "metadata",
    "instance-data",
    "127.0.0.1.nip.io",
    "granted.example.127.0.0.1.nip.io",
    "kubernetes.default.svc",
    "*.wild.example.evil.test",
    "[granted.example]",
    "granted.example:80.evil.test",
    "0x7f.wild.example.evil.test",
];
