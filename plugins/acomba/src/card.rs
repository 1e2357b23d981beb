//! What a kind of card is, and the two ways between a card and a body.

use crate::assumed;
use crate::bridge::card_pos;
use crate::field::CardField;
use liaison_sdk::prelude::*;
use liaison_sdk::text;

/// One kind of card.
pub struct CardKind {
    /// What we call it.
    pub entity: &'static str,
    /// What the SDK calls it.
    pub interface: &'static str,
    /// The property with the status: 0 is alive.
    pub status: &'static str,
    /// Whether cards can be added and changed.
    pub access: Access,
    /// Its fields. The first is the number, which is also the key.
    pub fields: &'static [CardField],
}

/// What the bridge lets us do with a kind of card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Adding and changing, and following changes.
    Full,
    /// Following changes only.
    Followed,
    /// Reference tables that another system keeps a copy of: `changes` lists them whole.
    Listed,
    /// Reference tables that are only looked up.
    ReadOnly,
}

impl CardKind {
    /// The field with the number.
    pub fn number(&self) -> &'static CardField {
        &self.fields[0]
    }

    /// A card as the host gets it.
    pub fn entry(&self, card: &Value) -> Result<Entry, Fault> {
        let id = card_pos(card)?.to_string();
        let mut body = Map::from_iter([("id".to_owned(), json!(id))]);
        for field in self.fields {
            if let Some(value) = field.value_in(card) {
                body.insert(field.name.to_owned(), value);
            }
        }
        Ok(Entry {
            version: hash(card),
            deleted: is_dead(card, self.status),
            body: Value::Object(body).to_string(),
            id,
            ext: Vec::new(),
        })
    }

    /// A body as a card: all of it for an addition, only the given fields for a change.
    pub fn card(&self, body: &Map<String, Value>, action: Action) -> Result<Value, Fault> {
        let mut card = Map::new();
        for (name, value) in body.iter().filter(|(name, _)| *name != "id") {
            let field = self
                .fields
                .iter()
                .find(|field| field.name == name)
                .ok_or_else(|| no_field(self.entity, name))?;
            // A blank card has nothing in it, so a new one need not be told; Acomba's defaults then hold.
            if action == Action::Create && (value.is_null() || field.read_only) {
                continue;
            }
            let value = field.to_wire(value)?;
            match field.index {
                None => {
                    card.insert(field.property.to_owned(), value);
                }
                Some(index) => {
                    let property = card.entry(field.property).or_insert_with(|| json!({}));
                    property[index] = value;
                }
            }
        }
        let number = card.get(self.number().property);
        let named = number.is_some_and(|number| number != "");
        if !named && (action == Action::Create || number.is_some()) {
            return Err(fault::rejected(text!(
                "acomba-no-card-number",
                "Acomba needs a number for each card"
            ))
            .field("number"));
        }
        Ok(Value::Object(card))
    }

    /// What we call a property of the wire, e.g. `CuEMail[EMail_One]` or `CuEMail.EMail_One`.
    pub fn name_of(&self, wire: &str) -> Option<String> {
        let mut parts = wire
            .split(['[', ']', '.', '/'])
            .filter(|part| !part.is_empty());
        let (property, index) = (parts.next()?, parts.next());
        let fits = |field: &&CardField| {
            field.property == property && (index.is_none() || field.index == index)
        };
        self.fields
            .iter()
            .find(fits)
            .map(|field| field.name.to_owned())
    }
}

/// The version to present with a change.
pub fn hash(card: &Value) -> Option<String> {
    card[assumed::HASH].as_str().map(str::to_owned)
}

/// Whether Acomba has given this card up. A card that tells no status is alive.
pub fn is_dead(card: &Value, status: &str) -> bool {
    card[status].as_i64().is_some_and(|status| status != 0)
}

/// The fault for a field that the entity does not have.
pub fn no_field(entity: &str, field: &str) -> Fault {
    fault::rejected(text!(
        "acomba-no-field",
        "{entity} has no field {field}",
        entity = entity,
        field = field
    ))
    .field(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{CUSTOMER, PRODUCT};

    fn card(kind: &CardKind, body: Value, action: Action) -> Result<Value, Fault> {
        kind.card(body.as_object().unwrap(), action)
    }

    #[test]
    fn a_new_customer_carries_what_is_known_and_no_more() {
        let body = json!({"number": "29683", "name": "Client exemple", "active": true, "term_number": "1",
            "email": "a@b.example", "phone": "418 555-0100", "fax": null, "care_of": null, "discount": null,
            "invoiced_to_id": null, "term_id": "2"});
        let expected = json!({"CuNumber": "29683", "CuName": "Client exemple", "CuActive": 1, "CuTermNumber": 1,
            "CuEMail": {"EMail_One": "a@b.example"}, "CuPhoneNumber": {"Ph_Number": "418 555-0100"}});
        assert_eq!(card(&CUSTOMER, body, Action::Create).unwrap(), expected);
    }

    #[test]
    fn a_change_empties_what_is_null() {
        let body = json!({"care_of": null, "term_number": null, "mobile": null, "language": "en"});
        let expected = json!({"CuCareOf": "", "CuTermNumber": 0, "CuPhoneNumber": {"Ph_User1": ""}, "CuLanguage": 9});
        assert_eq!(card(&CUSTOMER, body, Action::Update).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_a_card_is_refused_with_its_field() {
        for (body, action, key, field) in [
            (
                json!({"name": "x"}),
                Action::Create,
                "acomba-no-card-number",
                "number",
            ),
            (
                json!({"number": null}),
                Action::Update,
                "acomba-no-card-number",
                "number",
            ),
            (
                json!({"number": "1", "colour": "red"}),
                Action::Create,
                "acomba-no-field",
                "colour",
            ),
            (
                json!({"modified_at": null}),
                Action::Update,
                "acomba-read-only",
                "modified_at",
            ),
            (
                json!({"number": "1", "name": "→"}),
                Action::Create,
                "acomba-character",
                "name",
            ),
        ] {
            let fault = card(&CUSTOMER, body.clone(), action).unwrap_err();
            assert_eq!(
                (fault.message.key.as_str(), fault.field.as_deref()),
                (key, Some(field)),
                "{body}"
            );
        }
    }

    #[test]
    fn a_card_comes_back_whole() {
        let entry = PRODUCT
            .entry(&json!({"CardPos": 4, "Hash": "9f", "PrNumber": "INSTALL", "PrDescription": {"1": "Installation"},
                "PrSellingPrice": {"0,1": 125}, "PrProductGroupNumber": 100, "PrActive": 0, "PrStatus": 0, "PrUPC": ""}))
            .unwrap();
        assert_eq!(
            (entry.id.as_str(), entry.version.as_deref(), entry.deleted),
            ("4", Some("9f"), false)
        );
        let body: Value = serde_json::from_str(&entry.body).unwrap();
        let expected = json!({"id": "4", "number": "INSTALL", "description": "Installation", "price": "125.00",
            "group_number": "100", "active": false, "upc": null});
        assert_eq!(body, expected);
        assert!(
            PRODUCT
                .entry(&json!({"CardPos": 4, "PrStatus": 1}))
                .unwrap()
                .deleted
        );
        assert_eq!(
            PRODUCT.entry(&json!({"PrNumber": "x"})).unwrap_err().kind,
            FaultKind::Unavailable
        );
    }

    #[test]
    fn wire_names_are_translated_back() {
        for (wire, ours) in [
            ("CuName", Some("name")),
            ("CuEMail", Some("email")),
            ("CuPhoneNumber[Ph_Fax]", Some("fax")),
            ("CuPhoneNumber.Ph_User1", Some("mobile")),
            ("CuReceivable", None),
        ] {
            assert_eq!(CUSTOMER.name_of(wire).as_deref(), ours, "{wire}");
        }
    }
}
