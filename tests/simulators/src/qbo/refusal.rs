//! Every way QuickBooks Online says no, in its words as far as public recordings and its pages show them.
//!
//! The reference leaves open: the codes for an amount that is no product (6070), for too many items of a
//! batch (1040) and for a look-back that is too long (2180); they are assumed.

use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    kind: &'static str,
    pub code: String,
    message: String,
    detail: String,
    element: String,
}

impl Refusal {
    fn new(code: u32, message: &str, detail: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: "ValidationFault",
            code: code.to_string(),
            message: message.to_owned(),
            detail: detail.into(),
            element: String::new(),
        }
    }

    pub fn at(mut self, element: &str) -> Self {
        element.clone_into(&mut self.element);
        self
    }

    pub fn unsupported_operation(what: &str) -> Self {
        Self::new(
            500,
            "Unsupported Operation",
            format!("Operation {what} is not supported."),
        )
    }

    /// A record that was asked for.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            610,
            "Object Not Found",
            format!("Object Not Found : {what}"),
        )
    }

    pub fn inactive(element: &str) -> Self {
        let said = "Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.";
        Self::not_found(said).at(element)
    }

    pub fn too_many_items(most: usize) -> Self {
        Self::new(
            1040,
            "Batch size exceeds the maximum",
            format!("A batch holds at most {most} items."),
        )
    }

    pub fn unknown_property(name: &str) -> Self {
        Self::new(
            2010,
            "Request has invalid or unsupported property",
            format!("Property Name:{name} specified is unsupported or invalid"),
        )
    }

    pub fn missing(name: &str) -> Self {
        Self::new(
            2020,
            "Required param missing, need to supply the required value for the API",
            format!("Required parameter {name} is missing in the request"),
        )
        .at(name)
    }

    pub fn length(name: &str, most: usize, given: usize) -> Self {
        Self::new(
            2050,
            "String length is either shorter or longer than supported by specification",
            format!("String length specified does not match the supported length. Min:0 Max:{most} supported. Supplied length:{given}"),
        )
        .at(name)
    }

    pub fn number(name: &str, given: &Value) -> Self {
        Self::new(
            2080,
            "Invalid Number",
            format!("Invalid Number : For input string: {given}"),
        )
        .at(name)
    }

    pub fn date(name: &str, given: &Value) -> Self {
        Self::new(
            2090,
            "Invalid Date",
            format!("Invalid Date : Date format is not valid: {given}"),
        )
        .at(name)
    }

    pub fn enumeration(name: &str, given: &Value) -> Self {
        Self::new(
            2170,
            "Invalid Enumeration",
            format!("Invalid Enumeration : {given}"),
        )
        .at(name)
    }

    pub fn look_back(text: &str) -> Self {
        Self::new(2180, "Invalid changedSince", text)
    }

    pub fn reference(kind: &str, id: &str, element: &str) -> Self {
        Self::new(
            2500,
            "Invalid Reference Id",
            format!("Invalid Reference Id : {kind} element id {id} not found"),
        )
        .at(element)
    }

    pub fn query_text(detail: &str) -> Self {
        Self::new(
            4000,
            "Error parsing query",
            format!("QueryParserError: {detail}"),
        )
    }

    pub fn query(detail: &str) -> Self {
        Self::new(
            4001,
            "Invalid query",
            format!("QueryValidationError: {detail}"),
        )
    }

    pub fn stale() -> Self {
        Self::new(
            5010,
            "Stale Object Error",
            "Stale Object Error : You and root were working on this at the same time. root finished before you did, so your work was not saved.",
        )
    }

    pub fn business(detail: &str) -> Self {
        Self::new(
            6000,
            "A business validation error has occurred while processing your request",
            format!("Business Validation Error: {detail}"),
        )
    }

    pub fn amount(given: &str) -> Self {
        let said = "Amount calculation incorrect in the request";
        let detail =
            format!("{said}. Amount is not equal to UnitPrice * Qty. Supplied value:{given}");
        Self::new(6070, said, detail).at("Line.Amount")
    }

    pub fn duplicate_number(number: &str, kind: &str, id: &str) -> Self {
        let said = "Duplicate Document Number Error";
        let detail = format!(
            "{said} : You must specify a different number. This number has already been used. DocNumber={number} is assigned to TxnType={kind} with TxnId={id}"
        );
        Self::new(6140, said, detail).at("DocNumber")
    }

    pub fn company_status() -> Self {
        Self::new(
            6190,
            "Invalid Company Status",
            "Invalid Company Status : Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks Online because your trial or subscription period ended",
        )
    }

    pub fn closed_period() -> Self {
        Self::new(
            6210,
            "Account Period Closed, Cannot Update Through Services",
            "Account Period Closed, Cannot Update Through Services : The account period has closed and the account books cannot be updated through through the QBO Services API. Please use the QBO website to make these changes.",
        )
        .at("TxnDate")
    }

    pub fn duplicate_name(id: &str, element: &str) -> Self {
        Self::new(
            6240,
            "Duplicate Name Exists Error",
            format!("The name supplied already exists. : Id={id}"),
        )
        .at(element)
    }

    pub fn deposited() -> Self {
        let said = "Deposited Transaction cannot be changed";
        let detail = format!(
            "{said} : This transaction has been deposited. If you want to change or delete it, you must edit the deposit it appears on and remove it first."
        );
        Self::new(6540, said, detail)
    }

    pub fn json(&self) -> Value {
        json!({
            "Error": [{
                "Message": self.message, "Detail": self.detail, "code": self.code, "element": self.element,
            }],
            "type": self.kind,
        })
    }
}

/// What stands in front of the company says no in keys of lower case.
pub struct GateRefusal {
    pub status: u16,
    message: &'static str,
    detail: &'static str,
    code: &'static str,
    kind: &'static str,
}

impl GateRefusal {
    pub const TOKEN: Self = Self {
        status: 401,
        message: "message=AuthenticationFailed; errorCode=003200; statusCode=401",
        detail: "Token expired: the access token is expired or was never issued",
        code: "3200",
        kind: "AUTHENTICATION",
    };
    pub const COMPANY: Self = Self {
        status: 403,
        message: "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",
        detail: "The token is not of this company",
        code: "3100",
        kind: "AUTHORIZATION",
    };
    pub const THROTTLED: Self = Self {
        status: 429,
        message: "message=ThrottleExceeded; errorCode=003001; statusCode=429",
        detail: "The request limit was reached. Please wait and try again.",
        code: "3001",
        kind: "THROTTLED",
    };

    pub fn json(&self, now: i64) -> Value {
        json!({
            "warnings": null, "intuitObject": null,
            "fault": {
                "error": [{ "message": self.message, "detail": self.detail, "code": self.code, "element": null }],
                "type": self.kind,
            },
            "report": null, "queryResponse": null, "batchItemResponse": [], "attachableResponse": [],
            "syncErrorResponse": null, "requestId": null, "time": now, "status": null, "cdcresponse": [],
        })
    }
}
