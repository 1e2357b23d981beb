//! Names that derive from content: keys of exchanges, ids of message sets, marks of records.
//!
//! 128 bits of FNV-1a: not secret, only unlikely to meet.

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The digest of these parts, which are kept apart.
pub fn digest(parts: &[&str]) -> u128 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}

/// In 22 letters and digits.
pub fn short(mut number: u128) -> String {
    let mut letters = [b'0'; 22];
    for letter in letters.iter_mut().rev() {
        *letter = LETTERS[(number % 62) as usize];
        number /= 62;
    }
    letters.iter().map(|letter| char::from(*letter)).collect()
}

/// As a GUID: `{8-4-4-4-12}`.
pub fn guid(number: u128) -> String {
    let hex = format!("{number:032x}");
    let (a, b, c, d, e) = (
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    );
    format!("{{{a}-{b}-{c}-{d}-{e}}}")
}

/// A number out of random bytes.
pub fn of_bytes(bytes: &[u8]) -> u128 {
    bytes
        .iter()
        .take(16)
        .fold(0, |number, byte| number << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart_and_forms_are_fixed() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(short(digest(&["a"])).len(), 22);
        assert_eq!(short(u128::MAX).len(), 22);
        assert_eq!(guid(1), "{00000000-0000-0000-0000-000000000001}");
        assert_eq!(
            of_bytes(&[1; 20]),
            0x0101_0101_0101_0101_0101_0101_0101_0101
        );
    }
}
