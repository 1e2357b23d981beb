//! What the caller knows of one record that has no link yet.

/// A record that may get a link, with what it can be recognised by.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The native id.
    pub id: String,
    /// What a person recognises the record by; shown, never compared.
    pub title: String,
    /// One entry for each natural identity of the flow, in its order; the parts of a compound key are
    /// joined already.
    pub keys: Vec<Option<String>>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub postal_code: Option<String>,
}

/// A record as the report shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    pub id: String,
    pub title: String,
}

impl From<&Candidate> for Named {
    fn from(candidate: &Candidate) -> Self {
        Self {
            id: candidate.id.clone(),
            title: candidate.title.clone(),
        }
    }
}
