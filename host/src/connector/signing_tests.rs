use super::*;
use crate::secret::SecretValue;

/// Keys of these tests, one key in two forms; they open nothing.
const KEY: &str = include_str!("testdata/signing_pkcs8.pem");
const SAME_KEY: &str = include_str!("testdata/signing_pkcs1.pem");
/// What another program (OpenSSL) signs `header.body` with.
const SIGNED: &str = "ony3+k7JUuEFBtbQ4xrkYZAUT4GTbr5DJl0a7qn4T+BKV5oDf/6VdzYswhxuZDXctokClnUOKoga8JX2jEbEk2OFCr1706nRIbOT6TcgudHMs53fldcW+CLWhb9QudYeXjc7AKPTxdh67u2EYfhI85WDItExTP0wIkTtIMThzOiDK5BaIV/nM/TRSTjeBq8ex3bezXsLYfYevrPGsrvg/H/JZNusb51np9VEIiYVodYfI7T2ZZL+ng9JAHX+wpHNHAmQyScl/VNHxYuxjG8Gx6T/oNy45JOoZX/Bg1OHVF2TRtZMLf30j5bl30w2RHXx6nmzBFH0P0nZq3BtFJjaKA==";

fn secrets(value: Option<&str>) -> Vec<BoundSecret> {
    vec![BoundSecret {
        name: "private_key".to_owned(),
        value: value.map(|value| SecretValue::new(value.to_owned())),
        hosts: Vec::new(),
        places: Vec::new(),
    }]
}

fn rs256_by(value: Option<&str>) -> Result<Vec<u8>, String> {
    sign(
        &secrets(value),
        "private_key",
        Algorithm::Rs256,
        b"header.body",
    )
}

#[test]
fn the_same_signature_as_another_program_makes() {
    let windows = KEY.replace('\n', "\r\n");
    for key in [KEY, SAME_KEY, &windows, KEY.trim()] {
        let signed = rs256_by(Some(key)).expect("a key that signs");
        assert_eq!(STANDARD.encode(signed), SIGNED);
    }
}

#[test]
fn hmac_is_that_of_rfc_4231() {
    let secrets = secrets(Some("Jefe"));
    let signed = sign(
        &secrets,
        "private_key",
        Algorithm::Hs256,
        b"what do ya want for nothing?",
    );
    let hex: String = signed
        .expect("any text signs")
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hex,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

#[test]
fn what_cannot_sign_says_why_and_never_shows_the_key() {
    let cut = KEY.split("-----END").next().expect("a part");
    let spoilt = KEY.replacen('M', "!", 1);
    let public = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----";
    let other = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----";
    for (value, says) in [
        (None, "is not set"),
        (Some("no key at all"), "is no private key in PEM"),
        (Some(public), "is no private key in PEM"),
        (Some(locked), "has a password"),
        (Some(cut), "is cut off"),
        (Some(&*spoilt), "is not base64"),
        (Some(other), "is no RSA key"),
    ] {
        let why = rs256_by(value).expect_err("it cannot");
        assert!(
            why.contains(says) && why.contains("private_key"),
            "{why} does not say {says}"
        );
        assert!(!why.contains("MII"), "{why}");
    }
    let unknown = sign(&secrets(Some(KEY)), "other", Algorithm::Rs256, b"x");
    assert!(unknown.expect_err("unknown").contains("declares no secret"));
    let long = vec![0; BYTES_MAX + 1];
    assert!(sign(&secrets(Some(KEY)), "private_key", Algorithm::Rs256, &long).is_err());
}
