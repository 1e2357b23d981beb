//! What it says of itself, right but for the law that is broken.

use liaison_sdk::prelude::*;

use crate::breaks;

pub fn manifest() -> Manifest {
    let url = schema::string("url").description("The address of the shelf");
    let url = match breaks("settings-schema") {
        true => schema::string("url"),
        false => url,
    };
    let mut settings = vec![url];
    if breaks("settings-hold-no-secret") {
        settings.push(schema::string("api_password").description("The password"));
    }
    let place = match breaks("secrets-have-places") {
        true => vec![
            Place::Header("x-key".to_owned()),
            Place::Query("key".to_owned()),
        ],
        false => vec![Place::Header("x-key".to_owned())],
    };
    Manifest {
        name: match breaks("loads") {
            true => "Not Kebab".to_owned(),
            false => "crooked".to_owned(),
        },
        version: "0.1.0".to_owned(),
        title: text!("crooked-title", "A shelf"),
        vendor: "liaison".to_owned(),
        settings: schema::settings(&settings, &["url"]),
        secrets: vec![SecretUse {
            name: "key".to_owned(),
            title: text!("crooked-key", "The key of the shelf"),
            required: true,
            hosts: vec!["{url}".to_owned()],
            places: place,
        }],
        hosts: vec![HostUse {
            pattern: "{url}".to_owned(),
            reason: match breaks("hosts-have-reasons") {
                true => text!("crooked-host", " "),
                false => text!("crooked-host", "where the shelf is"),
            },
        }],
        limits: Limits {
            rates: vec![],
            concurrency: 4,
            ext: vec![],
        },
        entities: vec![entity()],
        ext: vec![],
    }
}

fn entity() -> Entity {
    let weight = match breaks("entity-money") {
        true => schema::string("weight").with("type", json!("number")),
        false => schema::decimal("weight"),
    };
    let owner = match breaks("entity-references") {
        true => schema::reference("owner", "nobody"),
        false => schema::reference("owner", "thing"),
    };
    let day = match breaks("entity-schema") {
        true => schema::string("on").with("format", json!("day")),
        false => schema::date("on"),
    };
    let fields = [
        schema::id("id"),
        schema::string("code"),
        schema::string("name"),
        schema::string("city"),
        schema::decimal("amount"),
        weight,
        owner,
        day,
    ];
    let mut operations = Operations::READ
        | Operations::QUERY
        | Operations::FIND
        | Operations::CREATE
        | Operations::UPDATE
        | Operations::DELETE;
    if breaks("entity-operations") {
        operations = operations & !Operations::FIND;
    }
    EntitySpec::new("thing", text!("crooked-thing", "A thing"))
        .fields(&fields)
        .operations(operations)
        .changes(ChangeSource::Scan)
        .idempotency(Idempotency::NativeKey(86_400))
        .filter("city", &[Comparison::Eq])
        .keys(&["code"])
        .batches(20, 20)
        .build()
}

const ENGLISH: &str = "crooked-title = A shelf
crooked-key = The key of the shelf
crooked-host = where the shelf is
crooked-thing = A thing
";
const FRENCH: &str = "crooked-title = Une tablette
crooked-key = La clé de la tablette
crooked-host = où se trouve la tablette
crooked-thing = Une chose
";

pub fn catalogue(lang: &str) -> Option<&'static str> {
    match lang {
        "en" if breaks("words-en") => Some("crooked-title = A shelf"),
        "fr" if breaks("words-fr") => Some("crooked-title = Une tablette"),
        "en" => Some(ENGLISH),
        "fr" => Some(FRENCH),
        _ => None,
    }
}
