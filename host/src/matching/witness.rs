//! Telephone numbers, e-mail addresses and postal codes in a form in which equal means equal.

/// Numbers of one line are written with and without country code and trunk prefix; their last nine
/// digits are the same in every country we know of.
const PHONE_DIGITS: usize = 9;
/// Shorter than this is an extension or a mistake.
const PHONE_DIGITS_MIN: usize = 7;
const POSTAL_CODE_CHARS_MIN: usize = 3;

/// The digits that tell one telephone line from another, without extension.
pub fn phone(raw: &str) -> Option<String> {
    let mut digits = String::new();
    for c in raw.trim().trim_start_matches("tel:").chars() {
        match c {
            '0'..='9' => digits.push(c),
            // `514 555-0100 poste 12`, `x12`, `#12`, `;ext=12`.
            _ if digits.len() >= PHONE_DIGITS_MIN && (c.is_alphabetic() || "#;,".contains(c)) => {
                break;
            }
            _ => {}
        }
    }
    let first = digits.chars().next()?;
    // 000-000-0000 was typed because the field wanted something.
    if digits.len() < PHONE_DIGITS_MIN || digits.chars().all(|digit| digit == first) {
        return None;
    }
    Some(digits.split_off(digits.len().saturating_sub(PHONE_DIGITS)))
}

pub fn email(raw: &str) -> Option<String> {
    let lower = raw.trim().to_lowercase();
    let address = lower.strip_prefix("mailto:").unwrap_or(&lower);
    let (mailbox, domain) = address.split_once('@')?;
    let whole = !mailbox.is_empty() && !domain.is_empty() && !domain.contains('@');
    whole.then(|| address.to_owned())
}

pub fn postal_code(raw: &str) -> Option<String> {
    let mut code: String = raw.chars().filter(|c| c.is_alphanumeric()).collect();
    code.make_ascii_uppercase();
    // A ZIP+4 code is the ZIP code with more detail.
    if code.len() == 9 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        code.truncate(5);
    }
    (code.chars().count() >= POSTAL_CODE_CHARS_MIN).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::{email, phone, postal_code};

    #[test]
    fn one_line_has_one_form() {
        for (raw, expected) in [
            ("(514) 555-0123", Some("145550123")),
            ("+1 514 555 0123 poste 45", Some("145550123")),
            ("1-514-555-0123 x45", Some("145550123")),
            ("tel:+1-514-555-0123;ext=45", Some("145550123")),
            ("+33 (0)6 12 34 56 78", Some("612345678")),
            ("06 12 34 56 78", Some("612345678")),
            ("555-0123", Some("5550123")),
            ("000-000-0000", None),
            ("poste 45", None),
            ("", None),
        ] {
            assert_eq!(phone(raw).as_deref(), expected, "{raw}");
        }
    }

    #[test]
    fn an_address_has_two_halves() {
        for (raw, expected) in [
            (" Info@Acme.CA ", Some("info@acme.ca")),
            ("mailto:a@b", Some("a@b")),
            ("a@b@c", None),
            ("@b", None),
            ("none", None),
        ] {
            assert_eq!(email(raw).as_deref(), expected, "{raw}");
        }
    }

    #[test]
    fn a_postal_code_has_no_spaces() {
        for (raw, expected) in [
            ("h2x 1y4", Some("H2X1Y4")),
            ("12345-6789", Some("12345")),
            ("75011", Some("75011")),
            ("-", None),
        ] {
            assert_eq!(postal_code(raw).as_deref(), expected, "{raw}");
        }
    }
}
