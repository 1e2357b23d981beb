//! Every way the bridge says no: the HTTP status and code of the wire, the number and text Acomba gives.
//!
//! Acomba's real numbers are not public, so ours start at 9000 and no client may key logic on them. The
//! text is what a person finds in a ticket, so it is whole, fixed, and in the company's language.
//!
//! Invariant: the table has one row for every [`Code`]; a test walks it.

use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    French,
    English,
}

impl Language {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "fr" => Some(Self::French),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }
}

/// `VersionMismatch` stays last: the test that every code has its row counts up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    BadRequest,
    Unauthorized,
    Forbidden,
    CardNotFound,
    KeyNotFound,
    CompanyNotFound,
    NotAllowed,
    NumberTaken,
    DuplicateReference,
    CardDeleted,
    ChangedSinceRead,
    CustomerUnknown,
    CustomerInactive,
    ProductGroupUnknown,
    TermUnknown,
    TaxUnknown,
    TaxesMissing,
    Unbalanced,
    FieldTooLong,
    /// The next ones are all `sdk_rejected` on the wire: Acomba said no and the bridge has no name for it.
    CharacterRefused,
    NumberMissing,
    LineNumberRefused,
    LineEmpty,
    SalespersonUnknown,
    TerritoryUnknown,
    ProductUnknown,
    CardReserved,
    CompanyLocked,
    QueueFull,
    NotSupported,
    ClosedWindow,
    SdkNotStarted,
    LoginFailed,
    LicenceLimit,
    VersionMismatch,
}

pub struct Row {
    pub code: Code,
    pub http: u16,
    pub wire: &'static str,
    pub aco_error: u16,
    /// Whether the same request may succeed later without anybody changing anything in it.
    pub retryable: bool,
    /// Seconds for `Retry-After`, when the bridge gives one.
    pub retry_after_s: Option<u64>,
    pub french: &'static str,
    pub english: &'static str,
}

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(Code::CardNotFound, 404, "card_not_found", 9001, false, None, "Fiche introuvable.", "Card not found."),
    row(Code::KeyNotFound, 404, "key_not_found", 9002, false, None, "Clé introuvable.", "Key not found."),
    row(Code::NumberTaken, 409, "number_taken", 9003, false, None, "Ce numéro est déjà utilisé.", "This number is already in use."),
    row(Code::CardReserved, 423, "card_reserved", 9004, true, Some(30), "Cette fiche est réservée par un autre utilisateur.", "This card is reserved by another user."),
    row(Code::CardDeleted, 410, "card_deleted", 9005, false, None, "Cette fiche a été supprimée.", "This card has been deleted."),
    row(Code::DuplicateReference, 409, "duplicate_reference", 9006, false, None, "Un document portant cette référence existe déjà pour ce client.", "A document with this reference already exists for this customer."),
    row(Code::ChangedSinceRead, 412, "changed_since_read", 9007, false, None, "La fiche a été modifiée depuis sa lecture.", "The card was changed after it was read."),
    row(Code::BadRequest, 400, "bad_request", 9010, false, None, "Requête invalide.", "Invalid request."),
    row(Code::Unauthorized, 401, "unauthorized", 9011, false, None, "Clé d'accès absente ou inconnue.", "Access key missing or unknown."),
    row(Code::Forbidden, 403, "forbidden", 9012, false, None, "Cette clé d'accès ne donne pas droit à cette société.", "This access key is not allowed for this company."),
    row(Code::NotAllowed, 405, "not_allowed", 9013, false, None, "Opération non permise.", "Operation not allowed."),
    row(Code::QueueFull, 429, "queue_full", 9014, true, Some(5), "Trop de demandes en attente.", "Too many requests are waiting."),
    row(Code::NotSupported, 501, "not_supported", 9015, false, None, "Fonction non disponible dans cette version.", "Function not available in this version."),
    row(Code::ClosedWindow, 503, "closed_window", 9016, true, Some(600), "Le pont est fermé à cette heure.", "The bridge is closed at this hour."),
    row(Code::CompanyNotFound, 404, "company_not_found", 9020, false, None, "La société n'existe pas à cet emplacement.", "The company does not exist at this location."),
    row(Code::CompanyLocked, 423, "company_locked", 9021, true, Some(300), "La société est utilisée en mode exclusif.", "The company is in use in exclusive mode."),
    row(Code::SdkNotStarted, 503, "sdk_not_started", 9022, true, Some(30), "Le SDK d'Acomba n'a pas démarré.", "The Acomba SDK did not start."),
    row(Code::LoginFailed, 503, "login_failed", 9023, false, None, "Mot de passe invalide.", "Invalid password."),
    row(Code::LicenceLimit, 503, "licence_limit", 9024, true, Some(60), "Le nombre maximal d'utilisateurs est atteint.", "The maximum number of users has been reached."),
    row(Code::VersionMismatch, 503, "version_mismatch", 9025, false, None, "La version du SDK ne correspond pas à celle d'Acomba.", "The SDK version does not match the Acomba version."),
    row(Code::CustomerUnknown, 422, "customer_unknown", 9030, false, None, "Ce client n'existe pas.", "This customer does not exist."),
    row(Code::CustomerInactive, 422, "customer_inactive", 9031, false, None, "Ce client n'est pas actif.", "This customer is not active."),
    row(Code::ProductGroupUnknown, 422, "product_group_unknown", 9032, false, None, "Ce groupe de produits n'existe pas.", "This product group does not exist."),
    row(Code::TermUnknown, 422, "term_unknown", 9033, false, None, "Ce terme de paiement n'existe pas.", "This payment term does not exist."),
    row(Code::TaxUnknown, 422, "tax_unknown", 9034, false, None, "Cette taxe n'existe pas.", "This tax does not exist."),
    row(Code::TaxesMissing, 422, "taxes_missing", 9035, false, None, "Les lignes de taxes sont absentes pour un client taxable.", "Tax lines are missing for a taxable customer."),
    row(Code::Unbalanced, 422, "unbalanced", 9036, false, None, "La transaction n'est pas équilibrée.", "The transaction does not balance."),
    row(Code::FieldTooLong, 422, "field_too_long", 9037, false, None, "Le texte dépasse la longueur permise.", "The text exceeds the allowed length."),
    row(Code::CharacterRefused, 422, "sdk_rejected", 9040, false, None, "Le texte contient un caractère non permis.", "The text contains a character that is not allowed."),
    row(Code::NumberMissing, 422, "sdk_rejected", 9041, false, None, "Le numéro est obligatoire.", "The number is required."),
    row(Code::LineNumberRefused, 422, "sdk_rejected", 9042, false, None, "Le numéro de ligne est invalide.", "The line number is invalid."),
    row(Code::LineEmpty, 422, "sdk_rejected", 9043, false, None, "La ligne est vide.", "The line is empty."),
    row(Code::SalespersonUnknown, 422, "sdk_rejected", 9044, false, None, "Ce vendeur n'existe pas.", "This salesperson does not exist."),
    row(Code::TerritoryUnknown, 422, "sdk_rejected", 9045, false, None, "Ce territoire n'existe pas.", "This territory does not exist."),
    row(Code::ProductUnknown, 422, "sdk_rejected", 9046, false, None, "Ce produit n'existe pas.", "This product does not exist."),
];

#[expect(
    clippy::too_many_arguments,
    reason = "the columns of the table above, in order"
)]
const fn row(
    code: Code,
    http: u16,
    wire: &'static str,
    aco_error: u16,
    retryable: bool,
    retry_after_s: Option<u64>,
    french: &'static str,
    english: &'static str,
) -> Row {
    Row {
        code,
        http,
        wire,
        aco_error,
        retryable,
        retry_after_s,
        french,
        english,
    }
}

impl Code {
    pub fn row(self) -> &'static Row {
        ROWS.iter()
            .find(|row| row.code == self)
            .expect("a test walks the table against every code")
    }
}

/// One refusal, before it is put into the company's language.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub code: Code,
    /// The bridge's own words, always English: which thing exactly, for the one who reads the log.
    pub message: String,
    pub interface: Option<&'static str>,
    pub operation: Option<&'static str>,
    pub card_pos: Option<i32>,
    pub field: Option<String>,
    pub retry_after_s: Option<u64>,
}

impl Refusal {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let retry_after_s = code.row().retry_after_s;
        Self {
            code,
            message: message.into(),
            interface: None,
            operation: None,
            card_pos: None,
            field: None,
            retry_after_s,
        }
    }

    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, message)
    }

    pub fn at(mut self, interface: &'static str, operation: &'static str) -> Self {
        self.interface = self.interface.or(Some(interface));
        self.operation = self.operation.or(Some(operation));
        self
    }

    pub fn card(mut self, card_pos: i32) -> Self {
        self.card_pos = Some(card_pos);
        self
    }

    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub fn body(&self, language: Language, request_id: &str) -> Value {
        let row = self.code.row();
        let text = match language {
            Language::French => row.french,
            Language::English => row.english,
        };
        json!({ "error": {
            "code": row.wire, "message": self.message, "interface": self.interface, "operation": self.operation,
            "card_pos": self.card_pos, "aco_error": row.aco_error, "aco_message": text, "field": self.field,
            "retryable": row.retryable, "request_id": request_id,
        } })
    }
}
