//! Good components, damaged.

use super::random::Random;

/// The kinds of damage; the table at the end counts by them.
pub const KINDS: [&str; 9] = [
    "bits flipped",
    "bytes overwritten",
    "cut short",
    "a piece lost",
    "a piece twice",
    "sections swapped",
    "section lost or twice",
    "lengths damaged",
    "spliced with another",
];

/// One damaged copy of the first, and which kind of damage it is.
pub fn mutate(good: &[u8], other: &[u8], random: &mut Random) -> (usize, Vec<u8>) {
    let kind = random.below(KINDS.len());
    let mut bytes = good.to_vec();
    match kind {
        0 => {
            for _ in 0..=random.below(8) {
                let at = random.place(&bytes);
                bytes[at] ^= 1 << random.below(8);
            }
        }
        1 => {
            for _ in 0..=random.below(4) {
                let at = random.place(&bytes);
                bytes[at] = random.byte();
            }
        }
        2 => bytes.truncate(random.below(good.len())),
        3 => {
            let (from, to) = range(good, random);
            bytes.drain(from..to);
        }
        4 => {
            let (from, to) = range(good, random);
            let piece = good[from..to].to_vec();
            let at = random.place(&bytes);
            bytes.splice(at..at, piece);
        }
        5 => {
            let sections = sections(good);
            if let [first, second] = two(&sections, random)[..] {
                bytes = swapped(good, first, second);
            }
        }
        6 => {
            let sections = sections(good);
            if let Some(&(from, to)) = random.one_of(&sections) {
                if random.below(2) == 0 {
                    bytes.drain(from..to);
                } else {
                    let piece = good[from..to].to_vec();
                    bytes.splice(to..to, piece);
                }
            }
        }
        7 => damage_length(&mut bytes, random),
        _ => {
            // The head of one and the tail of the other, both cut where a section ends.
            let (ours, theirs) = (sections(good), sections(other));
            if let (Some(ours), Some(theirs)) = (random.one_of(&ours), random.one_of(&theirs)) {
                bytes.truncate(ours.1);
                let tail = if random.below(2) == 0 {
                    theirs.0..other.len()
                } else {
                    theirs.0..theirs.1
                };
                bytes.extend_from_slice(&other[tail]);
            }
        }
    }
    (kind, bytes)
}

/// A short piece, most times.
fn range(bytes: &[u8], random: &mut Random) -> (usize, usize) {
    let from = random.place(bytes);
    let most = (bytes.len() - from).min(1 << random.below(12));
    (from, from + 1 + random.below(most))
}

fn two(sections: &[(usize, usize)], random: &mut Random) -> Vec<(usize, usize)> {
    let mut chosen: Vec<_> = (0..2).filter_map(|_| random.one_of(sections)).collect();
    chosen.sort();
    chosen.dedup();
    chosen.into_iter().copied().collect()
}

fn swapped(bytes: &[u8], first: (usize, usize), second: (usize, usize)) -> Vec<u8> {
    [
        &bytes[..first.0],
        &bytes[second.0..second.1],
        &bytes[first.1..second.0],
        &bytes[first.0..first.1],
        &bytes[second.1..],
    ]
    .concat()
}

/// A number in LEB128 made larger, longer or endless: of a section, or of whatever stands at some place.
fn damage_length(bytes: &mut Vec<u8>, random: &mut Random) {
    let sections = sections(bytes);
    let at = match random.one_of(&sections) {
        Some(section) if random.below(2) == 0 => section.0 + 1,
        _ => random.place(bytes),
    };
    let end = (at + 1..bytes.len())
        .find(|end| bytes[end - 1] & 0x80 == 0)
        .unwrap_or(bytes.len());
    let number: &[u8] = match random.below(6) {
        0 => &[0],
        1 => &[0xff, 0xff, 0xff, 0xff, 0x0f],
        2 => &[0xff, 0xff, 0xff, 0xff, 0x7f],
        3 => &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
        4 => &[0x80, 0x00],
        _ => &[0xff; 12],
    };
    bytes.splice(at..end.min(at + 10), number.iter().copied());
}

/// Where the sections of the outermost component begin and end, as far as they can be followed.
fn sections(bytes: &[u8]) -> Vec<(usize, usize)> {
    const HEADER_BYTES: usize = 8;
    let mut sections = Vec::new();
    let mut at = HEADER_BYTES;
    while at < bytes.len() {
        let Some((length, content)) = leb(bytes, at + 1) else {
            break;
        };
        let end = content.saturating_add(length);
        if end > bytes.len() {
            break;
        }
        sections.push((at, end));
        at = end;
    }
    sections
}

/// The number and where it ends.
fn leb(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut number = 0_usize;
    for shift in (0..35).step_by(7) {
        let byte = *bytes.get(at)?;
        at += 1;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((number, at));
        }
    }
    None
}
