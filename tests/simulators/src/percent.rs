//! Percent-encoding in paths and queries, read strictly.

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Plus {
    Kept,
    /// In a query `+` is a space, so an offset `+01:00` has to be sent as `%2B01:00`.
    Space,
}

/// `None` where the encoding is broken or the bytes are no UTF-8.
pub fn decode(text: &str, plus: Plus) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let pair = [rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
            }
            b'+' if plus == Plus::Space => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}
