//! Record ids: 15 characters that tell capitals apart, or 18 that carry what the capitals were.
//!
//! The rule of the last three characters was checked by others against thousands of recorded ids.

const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The fourth and later characters of every id made here: a pod and what is reserved.
const POD: &str = "5e00000";
/// The first number of an object: so that few records suffice for two ids that differ in a capital only.
const FIRST: u64 = 16 * 62 * 62 * 62 * 62 + 10;

/// 18 characters; every id is kept and shown like this.
pub type Id = String;

/// An id as a client wrote it; `None` where it is none or its last three characters do not fit.
pub fn read(text: &str) -> Option<Id> {
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    match text.len() {
        15 => Some(lengthened(text)),
        18 if lengthened(&text[..15]) == text => Some(text.to_owned()),
        _ => None,
    }
}

/// Whether a text has the length and the letters of an id, right or wrong.
pub fn looks_like_one(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The 15 characters of an id.
pub fn short(id: &str) -> &str {
    id.get(..15).unwrap_or(id)
}

/// The three characters that name the object.
pub fn prefix(id: &str) -> &str {
    id.get(..3).unwrap_or_default()
}

/// The `n`-th id of a prefix.
pub fn minted(prefix: &str, n: u64) -> Id {
    let mut rest = FIRST + n;
    let mut digits = [b'0'; 5];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    let digits = digits.map(char::from).iter().collect::<String>();
    lengthened(&format!("{prefix}{POD}{digits}"))
}

/// Each five characters give one of the last three: a bit for each capital, the first the lowest.
fn lengthened(short: &str) -> Id {
    let mut id = short.to_owned();
    for chunk in short.as_bytes().chunks(5) {
        let capitals = chunk.iter().enumerate();
        let at = capitals.fold(0, |sum, (k, byte)| {
            sum | (usize::from(byte.is_ascii_uppercase()) << k)
        });
        id.push(char::from(SUFFIX[at]));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_both_lengths_are_one() {
        for id in [
            "00D5e000000KQ2eEAG",
            "04k5e000000CaRkAAK",
            "04l5e00000Gx7QzAAJ",
            "01gB000003OCxSPIA1",
        ] {
            assert_eq!(read(&id[..15]).as_deref(), Some(id));
            assert_eq!(read(id).as_deref(), Some(id));
            assert_eq!(short(id), &id[..15]);
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for wrong in [
            "",
            "001",
            "a00B000000FSjVUIB1",
            "0015e00000G000-",
            "0015e00000G000AQA",
            "é015e00000G000",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn among_few_ids_two_differ_in_a_capital_only() {
        let (first, later) = (minted("001", 0), minted("001", 26));
        assert_ne!(first, later);
        assert_eq!(short(&first).to_lowercase(), short(&later).to_lowercase());
        assert_ne!(first.to_lowercase(), later.to_lowercase());
    }
}
