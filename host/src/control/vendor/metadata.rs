//! What stands in a component beside its code, in the sections that other tools read too: name, version,
//! licence, and the contract it was made for.

use wasm_metadata::{AddMetadata, AddMetadataField};

use super::project::Project;

/// The contract's version, as [`super::template::CONTRACT`] has it.
pub const CONTRACT: (&str, &str) = ("liaison:connector", "0.1.0");

/// The component with the project's name, version and licence in it.
pub fn embed(component: &[u8], project: &Project) -> Result<Vec<u8>, String> {
    let mut add = AddMetadata::default();
    add.name = AddMetadataField::Set(project.name.clone());
    add.sdk = vec![(CONTRACT.0.to_owned(), CONTRACT.1.to_owned())];
    add.processed_by = vec![("liaison".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
    let mut bytes = add.to_wasm(component).map_err(|error| error.to_string())?;
    section(&mut bytes, "version", &project.version);
    if let Some(license) = &project.license {
        section(&mut bytes, "licenses", license);
    }
    Ok(bytes)
}

/// A custom section at the end: its id, its length, the length of its name, the name, the text.
fn section(bytes: &mut Vec<u8>, name: &str, text: &str) {
    let mut content = Vec::new();
    number(&mut content, name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(text.as_bytes());
    bytes.push(0);
    number(bytes, content.len());
    bytes.extend_from_slice(&content);
}

/// LEB128.
fn number(bytes: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::*;
    use crate::control::vendor::Language;

    #[test]
    fn other_tools_read_name_version_licence_and_contract() {
        let component = wat::parse_str("(component)").unwrap();
        let project = Project {
            language: Language::Js,
            folder: ".".into(),
            name: "crm".to_owned(),
            version: "1.2.3".to_owned(),
            license: Some("MIT OR Apache-2.0".to_owned()),
            main: String::new(),
        };
        let bytes = embed(&component, &project).unwrap();
        let mut found = std::collections::BTreeMap::new();
        for payload in Parser::new(0).parse_all(&bytes) {
            if let Payload::CustomSection(section) = payload.unwrap() {
                let text = String::from_utf8_lossy(section.data()).into_owned();
                found.insert(section.name().to_owned(), text);
            }
        }
        assert_eq!(found["version"], "1.2.3");
        assert_eq!(found["licenses"], "MIT OR Apache-2.0");
        assert!(found["component-name"].contains("crm"));
        assert!(found["producers"].contains("liaison:connector"));
        assert!(found["producers"].contains("0.1.0"));
    }

    #[test]
    fn long_texts_keep_their_length() {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        section(&mut bytes, "licenses", &"x".repeat(300));
        let sections = Parser::new(0).parse_all(&bytes).filter_map(Result::ok);
        let lengths = sections.filter_map(|payload| match payload {
            Payload::CustomSection(section) => Some(section.data().len()),
            _ => None,
        });
        assert_eq!(lengths.collect::<Vec<_>>(), [300]);
    }
}
