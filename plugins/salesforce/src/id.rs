//! Record ids: 15 characters as old screens show them, 18 as the API gives them. Outside this file there are
//! only 18.

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The id in 18 characters; none when it is no id, or when its check letters do not fit.
pub fn full(id: &str) -> Option<String> {
    let plain = id.get(..15)?;
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let whole = format!("{plain}{}", suffix(plain));
    match id.len() {
        15 => Some(whole),
        18 => (whole == id).then_some(whole),
        _ => None,
    }
}

/// The last id among the words of a sentence, in whatever language it is.
pub fn within(words: &str) -> Option<String> {
    let parts = words.split(|c: char| !c.is_alphanumeric() && c != '_');
    parts
        .rev()
        .filter(|part| looks_like_one(part))
        .find_map(full)
}

/// Whether it begins as ids do, and is no word of fifteen letters: an object's prefix has a digit or an `a` first, and
/// what follows counts up.
fn looks_like_one(part: &str) -> bool {
    let first = part.bytes().next().unwrap_or_default();
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    (first.is_ascii_digit() || first == b'a') && digits > 1
}

/// One letter for each five characters: which of them are capitals.
fn suffix(plain: &str) -> String {
    let letter = |chunk: &[u8]| {
        let capitals = chunk.iter().enumerate();
        let bits = capitals.fold(0, |bits, (place, byte)| {
            bits | usize::from(byte.is_ascii_uppercase()) << place
        });
        char::from(LETTERS[bits])
    };
    plain.as_bytes().chunks(5).map(letter).collect()
}

/// The three characters that say which object a record is of.
pub fn prefix(id: &str) -> &str {
    id.get(..3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_become_eighteen_and_a_wrong_suffix_is_none() {
        for (id, expected) in [
            ("00D000000000062", Some("00D000000000062EAA")),
            ("001D000000IRFma", Some("001D000000IRFmaIAH")),
            ("001D000000IRFmaIAH", Some("001D000000IRFmaIAH")),
            // Two records that differ in a capital only are two records.
            ("001d000000irfma", Some("001d000000irfmaAAA")),
            ("a00B000000FSjVUIB1", None),
            ("a00B000000FSjVU", Some("a00B000000FSjVUIA1")),
            ("001D000000IRFmaIAA", None),
            ("001D000000IRFm", None),
            ("001D000000IRF-a", None),
            ("001D000000IRFmaé", None),
            ("", None),
        ] {
            assert_eq!(full(id).as_deref(), expected, "{id}");
        }
    }

    #[test]
    fn an_id_is_found_in_words_of_any_language() {
        for (words, expected) in [
            (
                "duplicate value found: Ext__c duplicates value on record with id: 001D000000IRFma",
                Some("001D000000IRFmaIAH"),
            ),
            (
                "valeur en double trouvée : Ext__c duplique la valeur sur l'enregistrement ayant l'ID : 001D000000IRFmaIAH.",
                Some("001D000000IRFmaIAH"),
            ),
            ("重複した値が見つかりました (a00B000000FSjVU)", Some("a00B000000FSjVUIA1")),
            // A field's name, a word, a number, and an id whose check letters are wrong.
            ("Ext_001D000000IRFma__c: <unknown>", None),
            ("administrations", None),
            ("a00B000000FSjVUIB1", None),
            ("", None),
        ] {
            assert_eq!(within(words).as_deref(), expected, "{words}");
        }
    }

    #[test]
    fn the_prefix_names_the_object() {
        assert_eq!(prefix("001D000000IRFmaIAH"), "001");
        assert_eq!(prefix("é"), "");
    }
}
