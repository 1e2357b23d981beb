//! The Web Connector's SOAP: requests out, answers in.
//!
//! Invariant: names are compared by namespace and local name, never by prefix.

use super::qwc::Style;
use crate::quickbooks_desktop::xml::{self, Element};

pub const NAMESPACE: &str = "http://developer.intuit.com/";
const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// The body of a call.
pub fn request(operation: &str, parameters: &[(&str, &str)], style: Style) -> String {
    let mut inner = String::new();
    for (name, value) in parameters {
        let kind = match (style, name.ends_with("Vers")) {
            (Style::Rpc, true) => " xsi:type=\"xsd:int\"",
            (Style::Rpc, false) => " xsi:type=\"xsd:string\"",
            _ => "",
        };
        if value.is_empty() {
            inner.push_str(&format!("<{name}{kind} />"));
        } else {
            // Inside SOAP the text is UTF-8, as it is.
            let value = value
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            inner.push_str(&format!("<{name}{kind}>{value}</{name}>"));
        }
    }
    let (encoding, call) = match style {
        Style::Rpc => (
            " soap:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"",
            format!("<q1:{operation} xmlns:q1=\"{NAMESPACE}\">{inner}</q1:{operation}>"),
        ),
        _ => (
            "",
            format!("<{operation} xmlns=\"{NAMESPACE}\">{inner}</{operation}>"),
        ),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{ENVELOPE}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body{encoding}>{call}</soap:Body></soap:Envelope>"
    )
}

/// The result of a call: a text, or an array of them; `None` inside is a nil.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Text(Option<String>),
    Array(Vec<Option<String>>),
}

/// Reads `operationResult` out of an answer.
pub fn answer(body: &[u8], operation: &str, style: Style) -> Result<Answer, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the answer is not UTF-8".to_owned())?;
    let document = xml::parse(text).map_err(|e| format!("the answer is not XML: {e}"))?;
    let scope = Scope::default();
    let root = &document.root;
    let scope = scope.enter(root);
    if scope.name(&root.name) != (ENVELOPE.to_owned(), "Envelope".to_owned()) {
        return Err(format!(
            "the answer is {}, not a SOAP 1.1 envelope",
            root.name
        ));
    }
    let (body, scope) = scope
        .child(root, ENVELOPE, "Body")
        .ok_or("the envelope has no Body")?;
    if let Some((fault, _)) = scope.child(body, ENVELOPE, "Fault") {
        return Err(format!(
            "SOAP fault: {}",
            fault.get("faultstring").unwrap_or_default()
        ));
    }
    let wrapper = format!("{operation}Response");
    let (response, scope) = scope
        .child(body, NAMESPACE, &wrapper)
        .ok_or_else(|| format!("the body has no {wrapper}"))?;
    let wanted = format!("{operation}Result");
    let result = scope.child(response, NAMESPACE, &wanted).or_else(|| {
        // Under RPC the parts of a message have no namespace.
        let plain = || scope.child(response, "", &wanted);
        (style == Style::Rpc).then(plain).flatten()
    });
    let Some((result, scope)) = result else {
        return Ok(Answer::Text(None));
    };
    if result.children.is_empty() && operation != "authenticate" {
        return Ok(Answer::Text((!is_nil(result)).then(|| result.text.clone())));
    }
    // Servers in use wrap a lone value in its type, and the real Web Connector works with them.
    if let ([child], true) = (result.children.as_slice(), operation != "authenticate") {
        let (_, local) = scope.enter(child).name(&child.name);
        if (local == "string" || local == "int") && child.children.is_empty() {
            return Ok(Answer::Text(Some(child.text.clone())));
        }
    }
    let strings = result.children.iter().map(|child| {
        let name = scope.enter(child).name(&child.name);
        let named =
            name.1 == "string" && (name.0 == NAMESPACE || style == Style::Rpc && name.0.is_empty());
        if !named {
            return Err(format!("{wanted} holds {}, not string", child.name));
        }
        Ok((!is_nil(child)).then(|| child.text.clone()))
    });
    Ok(Answer::Array(strings.collect::<Result<_, _>>()?))
}

fn is_nil(element: &Element) -> bool {
    let mut attributes = element.attributes.iter();
    attributes.any(|(name, value)| name.ends_with(":nil") && (value == "true" || value == "1"))
}

/// Namespace prefixes in force.
#[derive(Debug, Clone, Default)]
struct Scope(Vec<(String, String)>);

impl Scope {
    fn enter(&self, element: &Element) -> Self {
        let mut scope = self.clone();
        for (name, value) in &element.attributes {
            if name == "xmlns" {
                scope.0.push((String::new(), value.clone()));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                scope.0.push((prefix.to_owned(), value.clone()));
            }
        }
        scope
    }

    fn name(&self, qualified: &str) -> (String, String) {
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let known = self.0.iter().rev().find(|(known, _)| known == prefix);
        let space = known.map(|(_, space)| space.clone()).unwrap_or_default();
        (space, local.to_owned())
    }

    fn child<'a>(
        &self,
        parent: &'a Element,
        space: &str,
        local: &str,
    ) -> Option<(&'a Element, Self)> {
        parent.children.iter().find_map(|child| {
            let scope = self.enter(child);
            let is_it = scope.name(&child.name) == (space.to_owned(), local.to_owned());
            is_it.then_some((child, scope))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Style, answer, request};

    fn envelope(inner: &str) -> String {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:i=\"http://developer.intuit.com/\"><s:Body>{inner}</s:Body></s:Envelope>"
        )
    }

    #[test]
    fn reads_by_namespace_not_prefix() {
        for inner in [
            "<i:closeConnectionResponse><i:closeConnectionResult>OK</i:closeConnectionResult></i:closeConnectionResponse>",
            "<closeConnectionResponse xmlns=\"http://developer.intuit.com/\"><closeConnectionResult><![CDATA[OK]]></closeConnectionResult></closeConnectionResponse>",
        ] {
            let read = answer(
                envelope(inner).as_bytes(),
                "closeConnection",
                Style::Document,
            );
            assert_eq!(read, Ok(Answer::Text(Some("OK".to_owned()))));
        }
    }

    #[test]
    fn an_array_keeps_its_nils() {
        let inner = "<authenticateResponse xmlns=\"http://developer.intuit.com/\" xmlns:x=\"http://www.w3.org/2001/XMLSchema-instance\"><authenticateResult><string>t</string><string x:nil=\"true\"/></authenticateResult></authenticateResponse>";
        let read = answer(envelope(inner).as_bytes(), "authenticate", Style::Document);
        assert_eq!(read, Ok(Answer::Array(vec![Some("t".to_owned()), None])));
    }

    #[test]
    fn refuses_garbage() {
        let no_space = "<closeConnectionResponse><closeConnectionResult>OK</closeConnectionResult></closeConnectionResponse>";
        for body in [
            "",
            "{}",
            "<html></html>",
            &envelope(""),
            &envelope(no_space),
            &envelope("<s:Fault><faultstring>no</faultstring></s:Fault>"),
        ] {
            assert!(
                answer(body.as_bytes(), "closeConnection", Style::Document).is_err(),
                "{body}"
            );
        }
        assert!(answer(&[0xff, 0xfe], "closeConnection", Style::Document).is_err());
    }

    #[test]
    fn the_styles_differ_in_prefix_and_type() {
        let plain = request(
            "sendRequestXML",
            &[("ticket", "a<b"), ("qbXMLMajorVers", "13")],
            Style::Document,
        );
        assert!(plain.contains(
            "<sendRequestXML xmlns=\"http://developer.intuit.com/\"><ticket>a&lt;b</ticket>"
        ));
        let rpc = request(
            "sendRequestXML",
            &[("ticket", "x"), ("qbXMLMajorVers", "13")],
            Style::Rpc,
        );
        assert!(
            rpc.contains("<q1:sendRequestXML ")
                && rpc.contains("<qbXMLMajorVers xsi:type=\"xsd:int\">13<")
        );
        assert!(rpc.contains("encodingStyle"));
    }
}
