//! Where a placeholder may stand, what it becomes, and what stops a request.

use super::*;

const VALUE: &str = "a/b&c \"d\" <é>:x";

fn secrets() -> Vec<BoundSecret> {
    let bound = |name: &str, value: Option<&str>, places: Vec<Place>| BoundSecret {
        name: name.to_owned(),
        value: value.map(|value| SecretValue::new(value.to_owned())),
        hosts: vec![HostPattern::parse("api.example.com").unwrap()],
        places,
    };
    vec![
        bound(
            "key",
            Some(VALUE),
            vec![
                Place::Header("Authorization".to_owned()),
                Place::Path,
                Place::Query("key".to_owned()),
                Place::Body,
            ],
        ),
        bound("unset", None, vec![Place::Body]),
        bound(
            "header-only",
            Some("line\nbreak"),
            vec![Place::Header("x-one".to_owned())],
        ),
    ]
}

struct Case {
    nonce: Nonce,
}

impl Case {
    fn new() -> Self {
        Self {
            nonce: Nonce::fresh().unwrap(),
        }
    }

    fn placeholder(&self, name: &str, encoder: Encoder) -> String {
        placeholder(&secrets(), &self.nonce, name, encoder).unwrap()
    }

    fn fill(&self, url: &str, headers: &[(&str, &str)], body: &str) -> Result<Outgoing, Text> {
        let url = Url::parse(url).unwrap();
        let origin = Origin::of(&url, false).unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                http::HeaderName::try_from(*name).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let outgoing = Outgoing {
            url,
            headers: map,
            body: body.to_owned().into(),
        };
        fill(outgoing, &origin, &secrets(), &self.nonce)
    }

    #[track_caller]
    fn body(&self, encoder: Encoder, expected: &str) {
        let body = format!("<{}>", self.placeholder("key", encoder));
        let filled = self.fill("https://api.example.com/", &[], &body).unwrap();
        assert_eq!(
            String::from_utf8(filled.body.to_vec()).unwrap(),
            format!("<{expected}>"),
            "{encoder:?}"
        );
    }

    #[track_caller]
    fn refused(&self, url: &str, headers: &[(&str, &str)], body: &str, expected: &str) {
        match self.fill(url, headers, body) {
            Ok(_) => panic!("it would have been sent; expected: {expected}"),
            Err(words) => assert_eq!(words.fallback, expected),
        }
    }
}

#[test]
fn each_encoder_writes_the_value_as_it_must_stand() {
    let case = Case::new();
    case.body(Encoder::Plain, VALUE);
    case.body(Encoder::Xml, "a/b&amp;c &quot;d&quot; &lt;é&gt;:x");
    case.body(Encoder::Json, r#"a/b&c \"d\" <é>:x"#);
    case.body(Encoder::Url, "a%2Fb%26c%20%22d%22%20%3C%C3%A9%3E%3Ax");
    case.body(Encoder::Basic, "YS9iJmMgImQiIDzDqT46eA==");
}

#[test]
fn a_placeholder_is_replaced_in_every_declared_place() {
    let case = Case::new();
    let plain = case.placeholder("key", Encoder::Plain);
    let url = case.placeholder("key", Encoder::Url);
    let filled = case
        .fill(
            &format!("https://api.example.com/v1/{url}/x?a=1&key={plain}&b"),
            &[(
                "authorization",
                &format!("Basic {}", case.placeholder("key", Encoder::Basic)),
            )],
            &format!("{plain} and {plain}"),
        )
        .unwrap();
    let encoded = percent_encoded(VALUE);
    assert_eq!(
        filled.url.as_str(),
        format!("https://api.example.com/v1/{encoded}/x?a=1&key={encoded}&b")
    );
    assert_eq!(
        filled.headers["authorization"],
        "Basic YS9iJmMgImQiIDzDqT46eA=="
    );
    assert!(filled.headers["authorization"].is_sensitive());
    assert_eq!(filled.body, format!("{VALUE} and {VALUE}"));
}

#[test]
fn a_placeholder_anywhere_else_stops_the_request() {
    let case = Case::new();
    let key = case.placeholder("key", Encoder::Url);
    let here = "https://api.example.com/";
    case.refused(
        here,
        &[("x-one", &key)],
        "",
        "the manifest does not declare header `x-one` for the secret `key`",
    );
    case.refused(
        &format!("{here}?other={key}"),
        &[],
        "",
        "the manifest does not declare query parameter `other` for the secret `key`",
    );
    case.refused(
        &format!("{here}?{key}=1"),
        &[],
        "",
        "a secret's placeholder stands in the name of a query parameter",
    );
    case.refused(
        here,
        &[(&key, "1")],
        "",
        "a secret's placeholder stands in the name of a header",
    );
    case.refused(
        "https://other.example.com/",
        &[],
        &key,
        "the secret `key` is not bound to other.example.com",
    );
    case.refused(
        "https://api.example.com:8443/",
        &[],
        &key,
        "the secret `key` is not bound to api.example.com:8443",
    );
    case.refused(
        here,
        &[],
        &key[..key.len() - 1],
        "a secret's placeholder in the body is cut or changed",
    );
    case.refused(
        here,
        &[],
        &format!("{}99p", &key[..key.len() - 3]),
        "a secret's placeholder in the body is cut or changed",
    );
    let json = case.placeholder("key", Encoder::Json);
    case.refused(
        &format!("{here}{json}"),
        &[],
        "",
        "the secret `key` stands in the path and is not encoded for a URL",
    );
    let broken = case.placeholder("header-only", Encoder::Plain);
    case.refused(
        here,
        &[("x-one", &broken)],
        "",
        "a secret in header `x-one` holds a control character; no header can carry it",
    );
}

#[test]
fn another_instance_s_placeholder_is_data() {
    let (mine, theirs) = (Case::new(), Case::new());
    let foreign = theirs.placeholder("key", Encoder::Plain);
    let filled = mine
        .fill("https://api.example.com/", &[("x-one", &foreign)], &foreign)
        .unwrap();
    assert_eq!(
        (filled.body, &filled.headers["x-one"]),
        (
            foreign.clone().into(),
            &HeaderValue::from_str(&foreign).unwrap()
        )
    );
}

#[test]
fn a_secret_that_is_unknown_or_not_set_has_no_placeholder() {
    let case = Case::new();
    let ask = |name: &str| placeholder(&secrets(), &case.nonce, name, Encoder::Plain).unwrap_err();
    assert_eq!(ask("nope"), "the manifest declares no secret `nope`");
    assert_eq!(ask("unset"), "the secret `unset` is not set");
}

#[test]
fn a_path_in_a_log_shows_no_nonce() {
    let case = Case::new();
    let key = case.placeholder("key", Encoder::Url);
    assert_eq!(
        case.nonce.hide(&format!("/v1/{key}/x/{key}")),
        "/v1/{secret}/x/{secret}"
    );
    assert_eq!(case.nonce.hide("/v1/x"), "/v1/x");
    assert_eq!(case.nonce.hide(&key[..key.len() - 2]), "{secret}");
}

#[test]
fn a_secret_that_is_presented_is_compared_whole() {
    let secrets = secrets();
    assert_eq!(matches(&secrets, "key", VALUE), Ok(true));
    for wrong in ["", "a", &VALUE[..VALUE.len() - 1], &format!("{VALUE} ")] {
        assert_eq!(matches(&secrets, "key", wrong), Ok(false), "{wrong}");
    }
    assert!(matches(&secrets, "unset", "").is_err());
    assert!(matches(&secrets, "unknown", "").is_err());
}
