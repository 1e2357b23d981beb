//! What an RSA key is known by, wherever a part of it comes up: the numbers that are private, as bytes, in other
//! alphabets, and as the lines of its PEM. The modulus and the exponent are public and prove nothing.

use super::searcher::{hex, in_base64};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
/// Bytes of a number that are searched for by themselves, and how far apart: a key may come up in pieces.
const PIECE_BYTES: usize = 24;
const PIECES_APART: usize = 32;
/// Of a line of a PEM.
const LINE_LETTERS: usize = 64;
const LINE_BYTES: usize = 48;

/// The forms of a key in PKCS #8.
pub fn forms(pem: &str) -> Vec<(&'static str, Vec<u8>)> {
    let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = decoded(&lines.concat());
    let numbers = numbers(&der);
    // Version, modulus, exponent; then what is private.
    let private = &numbers[3..];
    let mut forms = Vec::new();
    for number in private {
        for at in (1..number.len().saturating_sub(PIECE_BYTES)).step_by(PIECES_APART) {
            let piece = &number[at..at + PIECE_BYTES];
            forms.push(("its bytes", piece.to_vec()));
            forms.push(("its bytes backwards", piece.iter().rev().copied().collect()));
            forms.push(("hex", hex(piece).into_bytes()));
            forms.push(("hex in capitals", hex(piece).to_uppercase().into_bytes()));
            forms.extend(in_base64(piece));
        }
    }
    let public_bytes = private[0].as_ptr() as usize - der.as_ptr() as usize;
    let lines = lines.iter().skip(public_bytes.div_ceil(LINE_BYTES));
    let whole = lines.filter(|line| line.len() == LINE_LETTERS);
    forms.extend(whole.map(|line| ("a line of its PEM", line.as_bytes().to_vec())));
    forms
}

/// Letters of base64 as bytes.
fn decoded(text: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    let (mut word, mut bits) = (0_u32, 0);
    for letter in text.chars() {
        let Some(value) = letters.find(letter) else {
            continue;
        };
        word = word << 6 | u32::try_from(value).expect("below 64");
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(word >> bits & 0xff).expect("a byte"));
        }
    }
    out
}

/// One element of DER: what it is, what it holds, what comes after.
fn element(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (kind, first) = (der[0], der[1]);
    let (length, head) = match first {
        ..0x80 => (usize::from(first), 2),
        _ => {
            let count = usize::from(first & 0x7f);
            let bytes = &der[2..2 + count];
            let length = bytes
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, 2 + count)
        }
    };
    (kind, &der[head..head + length], &der[head + length..])
}

/// The numbers of the RSA key within, in the order of PKCS #1.
fn numbers(der: &[u8]) -> Vec<&[u8]> {
    let (_, mut inner, _) = element(der);
    // Version and algorithm come first.
    let key = loop {
        let (kind, content, rest) = element(inner);
        if kind == OCTETS {
            break content;
        }
        inner = rest;
    };
    let (kind, mut rest, _) = element(key);
    assert_eq!(kind, SEQUENCE, "the key is not in PKCS #8");
    let mut numbers = Vec::new();
    while !rest.is_empty() {
        let (kind, number, after) = element(rest);
        assert_eq!(kind, INTEGER, "the key is no RSA key");
        numbers.push(number);
        rest = after;
    }
    numbers
}
