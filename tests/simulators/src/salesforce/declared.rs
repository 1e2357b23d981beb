//! Declarations read: `objects.txt`, and custom objects and fields as a seed writes them in JSON.

use serde_json::{Map, Value};

use super::field::{Access, Field};
use super::kind::Kind;
use super::schema::{Object, system_fields};

const STANDARD: &str = include_str!("objects.txt");

/// The standard objects. A line that cannot be read is a mistake of ours, found by every test.
pub fn standard() -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    for line in STANDARD.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), objects.last_mut()) {
            (None, _) => {}
            (Some(word), _) if word.starts_with('#') => {}
            (Some("object"), _) => {
                let (name, prefix) = (words.next().unwrap_or_default(), words.next());
                let label = text(words.next().unwrap_or_default());
                let plural = text(words.next().unwrap_or_default());
                let mut object = Object::new(name, &label, &plural, prefix.unwrap_or_default());
                for word in words {
                    object.read_only |= word == "read-only";
                    object.deletable &= word != "no-delete" && word != "read-only";
                }
                system_fields(&mut object);
                objects.push(object);
            }
            (Some("address"), Some(object)) => {
                let way = words.next().unwrap_or_default();
                address(way).into_iter().for_each(|field| object.put(field));
            }
            (Some(name), Some(object)) => object.put(standard_field(name, words)),
            (Some(_), None) => {}
        }
    }
    objects
}

fn text(word: &str) -> String {
    word.replace('_', " ")
}

fn standard_field<'a>(name: &str, mut words: impl Iterator<Item = &'a str>) -> Field {
    let kind = words.next().unwrap_or("string");
    let (kind, size) = kind.split_once('(').unwrap_or((kind, ""));
    let size = size.trim_end_matches(')');
    let mut field = Field::new(name, Kind::named(kind).unwrap_or(Kind::Text));
    sized(&mut field, size);
    for word in words {
        let (word, value) = word.split_once('=').unwrap_or((word, ""));
        match word {
            "required" => field.required = true,
            "defaulted" => field.defaulted = true,
            "ro" => field = field.kept(),
            "calc" => field.calculated = true,
            "create-only" => field.updateable = false,
            "cascade" => field.cascade = true,
            "restricted" => field.restricted = true,
            "unfilterable" => field.filterable = false,
            "label" => field.label = text(value),
            "to" => field.to = value.split(',').map(str::to_owned).collect(),
            "rel" => field.relationship = Some(value.to_owned()),
            "children" => field.children = Some(value.to_owned()),
            "values" => field.values = value.split('|').map(text).collect(),
            "auto" => field.defaulted = true,
            "name" => {
                field.name_field = true;
                if let Some((digits, first)) = value.split_once(':') {
                    let digits = "0".repeat(digits.parse().unwrap_or(8));
                    field.auto = Some((format!("{{{digits}}}"), first.parse().unwrap_or(1)));
                }
            }
            _ => {}
        }
    }
    field
}

fn sized(field: &mut Field, size: &str) {
    let mut sizes = size.split(',').map(|size| size.trim().parse::<u32>().ok());
    match (sizes.next().flatten(), sizes.next().flatten()) {
        (Some(precision), scale) if field.kind.is_number() => {
            field.precision = precision;
            field.scale = scale.unwrap_or(0);
        }
        (Some(length), _) => field.length = length,
        _ => {}
    }
}

/// The parts of an address, and the compound that shows them together.
fn address(way: &str) -> Vec<Field> {
    let part = |name: &str, kind: Kind, length: u32| Field {
        length,
        ..Field::new(&format!("{way}{name}"), kind)
    };
    let point = |name: &str| Field {
        precision: 18,
        scale: 15,
        ..Field::new(&format!("{way}{name}"), Kind::Double)
    };
    vec![
        part("Street", Kind::Textarea, 255),
        part("City", Kind::Text, 40),
        part("State", Kind::Text, 80),
        part("PostalCode", Kind::Text, 20),
        part("Country", Kind::Text, 80),
        point("Latitude"),
        point("Longitude"),
        part("GeocodeAccuracy", Kind::Picklist, 40),
        Field::new(&format!("{way}Address"), Kind::Address).kept(),
    ]
}

/// The arguments of a declaration; each is taken once, and one that nobody took is an error.
pub struct Given<'a> {
    what: &'a str,
    map: Map<String, Value>,
}

impl<'a> Given<'a> {
    pub fn new(what: &'a str, value: &Value) -> Result<Self, String> {
        let map = value
            .as_object()
            .ok_or_else(|| format!("{what} is an object"))?;
        Ok(Self {
            what,
            map: map.clone(),
        })
    }

    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.map.shift_remove(name)
    }

    pub fn text_or_none(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("{}: `{name}` is a text", self.what)),
        }
    }

    pub fn text(&mut self, name: &str) -> Result<String, String> {
        self.text_or_none(name)?
            .ok_or_else(|| format!("{}: `{name}` is missing", self.what))
    }

    pub fn flag(&mut self, name: &str, otherwise: bool) -> Result<bool, String> {
        match self.take(name) {
            None => Ok(otherwise),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(format!("{}: `{name}` is true or false", self.what)),
        }
    }

    pub fn number(&mut self, name: &str, otherwise: u32) -> Result<u32, String> {
        match self.take(name) {
            None => Ok(otherwise),
            Some(value) => value
                .as_u64()
                .and_then(|n| u32::try_from(n).ok())
                .ok_or_else(|| format!("{}: `{name}` is a whole number", self.what)),
        }
    }

    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, String> {
        let wrong = || format!("{}: `{name}` is a list of texts", self.what);
        let list = match self.map.shift_remove(name) {
            None => return Ok(Vec::new()),
            Some(Value::String(one)) => return Ok(vec![one]),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(wrong()),
        };
        let texts = list.iter().map(|one| one.as_str().map(str::to_owned));
        texts.collect::<Option<_>>().ok_or_else(wrong)
    }

    pub fn finish(self) -> Result<(), String> {
        match self.map.keys().find(|key| *key != "//") {
            Some(key) => Err(format!("{} has no `{key}`", self.what)),
            None => Ok(()),
        }
    }
}

/// A custom object: `{"name":"Thing__c","label":…,"plural":…,"prefix":"a05","auto_name":"T-{0000}"}`.
pub fn object(given: &Value, free_prefix: impl Fn(bool) -> String) -> Result<Object, String> {
    let mut given = Given::new("an object", given)?;
    let name = given.text("name")?;
    if !name.ends_with("__c") && !name.ends_with("__e") {
        return Err(format!("`{name}` does not end in __c or __e"));
    }
    let label = given
        .text_or_none("label")?
        .unwrap_or_else(|| Field::new(&name, Kind::Text).label);
    let plural = given
        .text_or_none("plural")?
        .unwrap_or_else(|| format!("{label}s"));
    let prefix = given.text_or_none("prefix")?;
    let prefix = prefix.unwrap_or_else(|| free_prefix(name.ends_with("__e")));
    let mut object = Object::new(&name, &label, &plural, &prefix);
    object.read_only = given.flag("readOnly", false)?;
    system_fields(&mut object);
    let auto_name = given.text_or_none("auto_name")?;
    if !object.event {
        let mut named = Field::new("Name", Kind::Text);
        named.length = 80;
        named.name_field = true;
        named.defaulted = true;
        if let Some(form) = auto_name {
            named = named.kept();
            named.auto = Some((form, 1));
        }
        object.put(named);
        let owner = Field {
            required: true,
            defaulted: true,
            to: vec!["User".to_owned()],
            relationship: Some("Owner".to_owned()),
            ..Field::new("OwnerId", Kind::Reference)
        };
        object.put(owner);
    }
    for field in given
        .take("fields")
        .iter()
        .filter_map(Value::as_array)
        .flatten()
    {
        object.put(custom_field(field)?);
    }
    given.finish()?;
    Ok(object)
}

/// A custom field, by the words of a describe: `{"name":"Key__c","type":"string","length":64,"externalId":true}`.
pub fn custom_field(given: &Value) -> Result<Field, String> {
    let mut given = Given::new("a field", given)?;
    let name = given.text("name")?;
    // The one standard field that an org has only where it has several currencies.
    if !name.ends_with("__c") && name != "CurrencyIsoCode" {
        return Err(format!("`{name}` does not end in __c"));
    }
    let word = given.text("type")?;
    let kind = Kind::named(&word).ok_or_else(|| format!("`{name}`: no type `{word}`"))?;
    let mut field = Field::new(&name, kind);
    if let Some(label) = given.text_or_none("label")? {
        field.label = label;
    }
    field.length = given.number("length", field.length)?;
    field.precision = given.number("precision", field.precision)?;
    field.scale = given.number("scale", field.scale)?;
    if field.precision > 18 || field.scale > field.precision.max(18) {
        return Err(format!("`{name}` has more than 18 digits"));
    }
    field.required = given.flag("required", false)?;
    field.unique = given.flag("unique", false)?;
    field.external_id = given.flag("externalId", false)?;
    field.case_sensitive = given.flag("caseSensitive", false)?;
    field.restricted = given.flag("restricted", false)?;
    field.values = given.texts("values")?;
    field.filterable = kind != Kind::Address && !(kind == Kind::Textarea && field.length > 255);
    field.default = given.take("default");
    field.defaulted |= field.default.is_some();
    field.to = given.texts("to")?;
    field.cascade = given.flag("masterDetail", false)?;
    if field.cascade {
        field.required = true;
        field.updateable = false;
    }
    if kind == Kind::Reference {
        if field.to.is_empty() {
            return Err(format!("`{name}` refers to nothing: `to` is missing"));
        }
        let bare = name.strip_suffix("__c").unwrap_or(&name);
        field.relationship = Some(format!("{bare}__r"));
    }
    field.children = given.text_or_none("children")?;
    if let Some(form) = given.text_or_none("auto")? {
        field = field.kept();
        field.auto = Some((form, 1));
        field.defaulted = true;
    }
    if given.flag("readOnly", false)? {
        field = field.kept();
    }
    if let Some(access) = given.text_or_none("access")? {
        field.access = access_named(&access)?;
    }
    given.finish()?;
    Ok(field)
}

pub fn access_named(word: &str) -> Result<Access, String> {
    match word {
        "write" => Ok(Access::Write),
        "read" => Ok(Access::Read),
        "none" => Ok(Access::Hidden),
        _ => Err(format!("`{word}` is neither write, read nor none")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_standard_objects_are_read_whole() {
        let objects = standard();
        let find = |name: &str| objects.iter().find(|object| object.name == name).unwrap();
        let contract = find("Contract");
        assert_eq!(contract.prefix, "800");
        assert_eq!(
            contract.field("contractnumber").unwrap().auto,
            Some(("{00000000}".to_owned(), 100))
        );
        assert!(contract.field("AccountId").unwrap().required);
        assert_eq!(contract.field("BillingPostalCode").unwrap().length, 20);
        assert!(!contract.field("EndDate").unwrap().createable);
        assert_eq!(contract.name_field().unwrap().name, "ContractNumber");
        let account = find("Account");
        assert_eq!(
            (
                account.field("AnnualRevenue").unwrap().precision,
                account.field("AnnualRevenue").unwrap().scale
            ),
            (18, 0)
        );
        assert_eq!(account.relationship("owner").unwrap().name, "OwnerId");
        assert!(account.deletable && !find("User").deletable && find("ContractStatus").read_only);
        let kinds = STANDARD
            .lines()
            .filter(|line| !line.starts_with(['#', 'a', 'o']) && !line.is_empty());
        for line in kinds {
            let kind = line.split_whitespace().nth(1).unwrap();
            let kind = kind.split('(').next().unwrap();
            assert!(Kind::named(kind).is_some(), "{line}");
        }
    }

    #[test]
    fn a_wrong_declaration_is_refused() {
        for field in [
            json!({}),
            json!({"name": "Key", "type": "string"}),
            json!({"name": "Key__c", "type": "text"}),
            json!({"name": "Key__c", "type": "reference"}),
            json!({"name": "Key__c", "type": "double", "precision": 19}),
            json!({"name": "Key__c", "type": "string", "colour": "red"}),
        ] {
            assert!(custom_field(&field).is_err(), "{field}");
        }
        assert!(object(&json!({"name": "Thing"}), |_| "a00".to_owned()).is_err());
    }
}
