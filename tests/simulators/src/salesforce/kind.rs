//! The types of fields, by the words that a describe uses.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Id,
    Text,
    Textarea,
    Picklist,
    Multipicklist,
    Reference,
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    Datetime,
    Time,
    Phone,
    Email,
    Url,
    Address,
}

const WORDS: [(&str, Kind, &str); 18] = [
    ("id", Kind::Id, "tns:ID"),
    ("string", Kind::Text, "xsd:string"),
    ("textarea", Kind::Textarea, "xsd:string"),
    ("picklist", Kind::Picklist, "xsd:string"),
    ("multipicklist", Kind::Multipicklist, "xsd:string"),
    ("reference", Kind::Reference, "tns:ID"),
    ("boolean", Kind::Boolean, "xsd:boolean"),
    ("int", Kind::Int, "xsd:int"),
    ("double", Kind::Double, "xsd:double"),
    ("currency", Kind::Currency, "xsd:double"),
    ("percent", Kind::Percent, "xsd:double"),
    ("date", Kind::Date, "xsd:date"),
    ("datetime", Kind::Datetime, "xsd:dateTime"),
    ("time", Kind::Time, "xsd:time"),
    ("phone", Kind::Phone, "xsd:string"),
    ("email", Kind::Email, "xsd:string"),
    ("url", Kind::Url, "xsd:string"),
    ("address", Kind::Address, "urn:address"),
];

impl Kind {
    pub fn named(word: &str) -> Option<Self> {
        let found = WORDS.iter().find(|(known, ..)| *known == word);
        found.map(|(_, kind, _)| *kind)
    }

    pub fn word(self) -> &'static str {
        self.row().0
    }

    pub fn soap(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static (&'static str, Kind, &'static str) {
        let found = WORDS.iter().find(|(_, kind, _)| *kind == self);
        found.unwrap_or(&WORDS[1])
    }

    pub fn is_number(self) -> bool {
        matches!(
            self,
            Self::Int | Self::Double | Self::Currency | Self::Percent
        )
    }

    /// Whether its values are texts without a form of their own.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::Textarea
                | Self::Picklist
                | Self::Multipicklist
                | Self::Phone
                | Self::Email
                | Self::Url
        )
    }

    pub fn default_length(self) -> u32 {
        match self {
            Self::Id | Self::Reference => 18,
            Self::Text | Self::Textarea | Self::Picklist | Self::Url => 255,
            Self::Multipicklist => 4099,
            Self::Phone => 40,
            Self::Email => 80,
            _ => 0,
        }
    }
}
