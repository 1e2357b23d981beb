//! Requests as the gateway takes them: control, authentication, functions, in the order of the schema.

use crate::xml::{escape, leaf};

/// One function of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Deterministic for a create: by it the gateway knows that the function was carried out already.
    pub control_id: String,
    /// Its one child.
    pub xml: String,
}

/// Whether the gateway must refuse a function that it has completed under the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    Refused,
    Allowed,
}

/// Whether the functions of a request stand or fall together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    AllOrNone,
    EachItself,
}

/// Who asks. The password is a placeholder, written as it stands.
pub struct Sender<'a> {
    pub id: &'a str,
    pub password: &'a str,
}

/// The whole document.
pub fn document(
    sender: &Sender,
    authentication: &str,
    functions: &[Function],
    repeats: Repeats,
    binding: Binding,
) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><request><control>");
    leaf(&mut out, "senderid", sender.id);
    out.push_str(&format!("<password>{}</password>", sender.password));
    // For correlation only: the ids that count are the functions'.
    let first = functions.first().map_or("none", |f| f.control_id.as_str());
    leaf(&mut out, "controlid", first);
    let unique = matches!(repeats, Repeats::Refused);
    leaf(&mut out, "uniqueid", if unique { "true" } else { "false" });
    leaf(&mut out, "dtdversion", "3.0");
    leaf(&mut out, "includewhitespace", "false");
    let together = matches!(binding, Binding::AllOrNone);
    out.push_str(&format!(
        "</control><operation transaction=\"{together}\"><authentication>{authentication}</authentication><content>"
    ));
    for function in functions {
        out.push_str(&format!(
            "<function controlid=\"{}\">{}</function>",
            escape(&function.control_id),
            function.xml
        ));
    }
    out.push_str("</content></operation></request>");
    out
}

/// Authentication by user and password. The password is a placeholder.
pub fn login(user: &str, company: &str, password: &str, entity: &str) -> String {
    let mut out = String::from("<login>");
    leaf(&mut out, "userid", user);
    leaf(&mut out, "companyid", company);
    out.push_str(&format!("<password>{password}</password>"));
    if !entity.is_empty() {
        leaf(&mut out, "locationid", entity);
    }
    out.push_str("</login>");
    out
}

/// Authentication by session.
pub fn session(id: &str) -> String {
    let mut out = String::new();
    leaf(&mut out, "sessionid", id);
    out
}
