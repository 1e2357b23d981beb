//! Every way Intacct says no within a reply: a cascade of errors, the precise cause first.
//!
//! Numbers are real; which case has which number is assumed where the reference does not tell.

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Complaint {
    pub errorno: String,
    pub description: String,
    pub description2: String,
    pub correction: String,
}

/// One failure: the cause, and what it kept from happening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub Vec<Complaint>);

pub const GENERAL: &str = "BL01001973";
pub const DUPLICATE: &str = "BL34000061";
pub const ILLEGAL_VALUE: &str = "BL03000018";
pub const LINE: &str = "BL03002128";
pub const PROCESSING: &str = "DL02000001";
pub const SCHEMA: &str = "XL03000003";
pub const SIGN_IN: &str = "XL03000006";
pub const ROLLED_BACK: &str = "XL03000009";
pub const DEMO_EXPIRED: &str = "PL04000055";

/// Follows many descriptions; percent-encoded, as the vendor sends it.
const SUPPORT: &str = "[Support ID: wb2Xk%7EYz3fP0q0Kbq%7EmFxQAAAAI]";

impl Refusal {
    /// An error with the usual support id.
    pub fn new(errorno: &str, text: impl Into<String>) -> Self {
        Self(vec![Complaint {
            errorno: errorno.to_owned(),
            description2: format!("{} {SUPPORT}", text.into()),
            ..Complaint::default()
        }])
    }

    /// The same with the words that the vendor puts into `description`.
    pub fn described(errorno: &str, description: &str, text: impl Into<String>) -> Self {
        let mut refusal = Self::new(errorno, text);
        for complaint in &mut refusal.0 {
            description.clone_into(&mut complaint.description);
        }
        refusal
    }

    pub fn general(text: impl Into<String>) -> Self {
        Self::new(GENERAL, text)
    }

    /// A value that has not the form of its kind.
    pub fn illegal(text: impl Into<String>) -> Self {
        Self::new(ILLEGAL_VALUE, text)
    }

    /// A reference to what is not there.
    pub fn invalid(title: &str, id: &str) -> Self {
        Self::illegal(format!("Invalid {title} '{id}' specified."))
    }

    pub fn missing(field: &str) -> Self {
        Self::general(format!("Required field {field} is missing."))
    }

    pub fn duplicate(title: &str, value: &str) -> Self {
        let mut refusal = Self::new(
            DUPLICATE,
            format!("Another {title} with the given value(s) {value} already exists"),
        );
        for complaint in &mut refusal.0 {
            "Use a unique value instead.".clone_into(&mut complaint.correction);
        }
        refusal
    }

    pub fn no_permission(operation: &str, object: &str) -> Self {
        Self::described(
            PROCESSING,
            "There was an error processing the request.",
            format!(
                "You do not have permission for API operation {} on objects of type {}",
                operation.to_uppercase(),
                object.to_lowercase()
            ),
        )
    }

    pub fn no_object(errorno: &str, name: &str) -> Self {
        Self::new(errorno, format!("Object definition {name} not found"))
    }

    pub fn query(text: impl Into<String>) -> Self {
        Self::new("Query Failed", text)
    }

    /// Adds what did not happen because of the cause: `Could not create Contract record!`
    pub fn so(mut self, text: impl Into<String>) -> Self {
        self.0.extend(Self::general(text).0);
        self
    }

    /// The first sentence, for people and tests.
    pub fn cause(&self) -> String {
        let first = self.0.first();
        first.map_or_else(String::new, |complaint| {
            format!(
                "{}: {}",
                complaint.errorno,
                complaint.description2.replace(SUPPORT, "").trim()
            )
        })
    }
}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        refusal.cause()
    }
}
