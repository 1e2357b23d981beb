//! The Web Connector's SOAP: what it calls, and how it is answered.
//!
//! Document and RPC style are read alike, by local names; answers are document/literal, which it takes in both.

use crate::xml::{escape, parse, Refusal};
use liaison_sdk::prelude::*;

pub const NAMESPACE: &str = "http://developer.intuit.com/";
const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    Text,
    Number,
    Texts,
}

/// One call of the service: its name, its parameters in order, what it gives.
struct Service(&'static str, &'static [(&'static str, &'static str)], Gives);

const SERVICES: [Service; 8] = [
    Service("serverVersion", &[("strVersion", "string")], Gives::Text),
    Service("clientVersion", &[("strVersion", "string")], Gives::Text),
    Service(
        "authenticate",
        &[("strUserName", "string"), ("strPassword", "string")],
        Gives::Texts,
    ),
    Service(
        "sendRequestXML",
        &[
            ("ticket", "string"),
            ("strHCPResponse", "string"),
            ("strCompanyFileName", "string"),
            ("qbXMLCountry", "string"),
            ("qbXMLMajorVers", "int"),
            ("qbXMLMinorVers", "int"),
        ],
        Gives::Text,
    ),
    Service(
        "receiveResponseXML",
        &[
            ("ticket", "string"),
            ("response", "string"),
            ("hresult", "string"),
            ("message", "string"),
        ],
        Gives::Number,
    ),
    Service(
        "connectionError",
        &[
            ("ticket", "string"),
            ("hresult", "string"),
            ("message", "string"),
        ],
        Gives::Text,
    ),
    Service("getLastError", &[("ticket", "string")], Gives::Text),
    Service("closeConnection", &[("ticket", "string")], Gives::Text),
];

/// A call as it came in.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    pub name: &'static str,
    parameters: Vec<(&'static str, String)>,
}

impl Call {
    /// A parameter; nothing where it was left out.
    pub fn get(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn number(&self, name: &str) -> i32 {
        self.get(name).trim().parse().unwrap_or(0)
    }
}

/// Why a body is no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCall {
    Xml(Refusal),
    Encoding,
    Envelope,
    Unknown,
}

/// The call in a body.
pub fn call(body: &[u8]) -> Result<Call, NoCall> {
    let text = std::str::from_utf8(body).map_err(|_| NoCall::Encoding)?;
    let root = parse(text).map_err(NoCall::Xml)?;
    let held = root.child("Body").filter(|_| root.name == "Envelope");
    let element = held
        .and_then(|body| body.children.first())
        .ok_or(NoCall::Envelope)?;
    let known = SERVICES.iter().find(|service| service.0 == element.name);
    let Service(name, parameters, _) = known.ok_or(NoCall::Unknown)?;
    let value = |(name, _): &(&'static str, &str)| {
        let held = element.child(name);
        held.map(|held| (*name, held.text.clone().into_owned()))
    };
    Ok(Call {
        name,
        parameters: parameters.iter().filter_map(value).collect(),
    })
}

/// What a call gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Text(String),
    Number(i32),
    Texts(Vec<String>),
}

fn response(status: u16, content_type: &str, body: String) -> InboundResponse {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    InboundResponse {
        status,
        headers: vec![
            header("content-type", content_type),
            header("cache-control", "no-store"),
        ],
        body: body.into_bytes(),
    }
}

fn envelope(status: u16, body: &str) -> InboundResponse {
    // One line: pretty-printed answers have been reported to be refused.
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{ENVELOPE}\"><soap:Body>{body}</soap:Body></soap:Envelope>"
    );
    response(status, "text/xml; charset=utf-8", text)
}

/// The answer to a call.
pub fn answer(name: &str, result: &Reply) -> InboundResponse {
    let inner = match result {
        Reply::Text(text) => escape(text),
        Reply::Number(number) => number.to_string(),
        Reply::Texts(texts) => texts
            .iter()
            .map(|text| format!("<string>{}</string>", escape(text)))
            .collect(),
    };
    envelope(
        200,
        &format!("<{name}Response xmlns=\"{NAMESPACE}\"><{name}Result>{inner}</{name}Result></{name}Response>"),
    )
}

/// The refusal of a body that is no call.
pub fn refusal(why: NoCall) -> InboundResponse {
    let words = match why {
        NoCall::Xml(Refusal::Entities) => "document types and entities are not read",
        NoCall::Xml(Refusal::TooMuch) => "the message is deeper or longer than any honest one",
        NoCall::Xml(Refusal::Malformed) => "the message is not well-formed XML",
        NoCall::Encoding => "the message is not UTF-8",
        NoCall::Envelope => "the message is no SOAP envelope with a call in it",
        NoCall::Unknown => "there is no such call",
    };
    envelope(
        500,
        &format!("<soap:Fault><faultcode>soap:Client</faultcode><faultstring>{words}</faultstring></soap:Fault>"),
    )
}

/// A plain page: the Web Connector asks for one to see that the address lives.
pub fn page(status: u16, words: &str) -> InboundResponse {
    response(status, "text/plain; charset=utf-8", format!("{words}\n"))
}

/// The service's description, for SOAP clients that are built from one.
pub fn wsdl(address: &str) -> InboundResponse {
    let mut types = String::new();
    let mut messages = String::new();
    let mut port = String::new();
    let mut binding = String::new();
    for Service(name, parameters, gives) in &SERVICES {
        let parameter = |(name, kind): &(&str, &str)| {
            let least = u8::from(*kind == "int");
            format!("<s:element minOccurs=\"{least}\" maxOccurs=\"1\" name=\"{name}\" type=\"s:{kind}\"/>")
        };
        let asked: String = parameters.iter().map(parameter).collect();
        let (least, given) = match gives {
            Gives::Text => (0, "s:string"),
            Gives::Number => (1, "s:int"),
            Gives::Texts => (0, "tns:ArrayOfString"),
        };
        types += &format!(
            "<s:element name=\"{name}\"><s:complexType><s:sequence>{asked}</s:sequence></s:complexType></s:element>\
             <s:element name=\"{name}Response\"><s:complexType><s:sequence><s:element minOccurs=\"{least}\" maxOccurs=\"1\" name=\"{name}Result\" type=\"{given}\"/></s:sequence></s:complexType></s:element>"
        );
        messages += &format!(
            "<wsdl:message name=\"{name}SoapIn\"><wsdl:part name=\"parameters\" element=\"tns:{name}\"/></wsdl:message>\
             <wsdl:message name=\"{name}SoapOut\"><wsdl:part name=\"parameters\" element=\"tns:{name}Response\"/></wsdl:message>"
        );
        port += &format!(
            "<wsdl:operation name=\"{name}\"><wsdl:input message=\"tns:{name}SoapIn\"/><wsdl:output message=\"tns:{name}SoapOut\"/></wsdl:operation>"
        );
        binding += &format!(
            "<wsdl:operation name=\"{name}\"><soap:operation soapAction=\"{NAMESPACE}{name}\" style=\"document\"/><wsdl:input><soap:body use=\"literal\"/></wsdl:input><wsdl:output><soap:body use=\"literal\"/></wsdl:output></wsdl:operation>"
        );
    }
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" xmlns:s=\"http://www.w3.org/2001/XMLSchema\" xmlns:tns=\"{NAMESPACE}\" targetNamespace=\"{NAMESPACE}\">\
         <wsdl:types><s:schema elementFormDefault=\"qualified\" targetNamespace=\"{NAMESPACE}\">{types}\
         <s:complexType name=\"ArrayOfString\"><s:sequence><s:element minOccurs=\"0\" maxOccurs=\"unbounded\" name=\"string\" nillable=\"true\" type=\"s:string\"/></s:sequence></s:complexType></s:schema></wsdl:types>\
         {messages}<wsdl:portType name=\"QBWebConnectorSvcSoap\">{port}</wsdl:portType>\
         <wsdl:binding name=\"QBWebConnectorSvcSoap\" type=\"tns:QBWebConnectorSvcSoap\"><soap:binding transport=\"http://schemas.xmlsoap.org/soap/http\" style=\"document\"/>{binding}</wsdl:binding>\
         <wsdl:service name=\"QBWebConnectorSvc\"><wsdl:port name=\"QBWebConnectorSvcSoap\" binding=\"tns:QBWebConnectorSvcSoap\"><soap:address location=\"{}\"/></wsdl:port></wsdl:service></wsdl:definitions>",
        escape(address)
    );
    response(200, "text/xml; charset=utf-8", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><authenticate xmlns=\"http://developer.intuit.com/\"><strUserName>liaison</strUserName><strPassword>a&amp;b</strPassword></authenticate></soap:Body></soap:Envelope>";
    const RPC: &str = "<?xml version=\"1.0\"?><SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Header/><SOAP-ENV:Body SOAP-ENV:encodingStyle=\"x\"><q1:authenticate xmlns:q1=\"http://developer.intuit.com/\"><strUserName xsi:type=\"xsd:string\">liaison</strUserName><strPassword xsi:type=\"xsd:string\"><![CDATA[a&b]]></strPassword></q1:authenticate></SOAP-ENV:Body></SOAP-ENV:Envelope>";

    #[test]
    fn both_styles_are_read_alike() {
        let read = call(DOCUMENT.as_bytes()).unwrap();
        assert_eq!(
            (read.name, read.get("strPassword")),
            ("authenticate", "a&b")
        );
        assert_eq!(call(RPC.as_bytes()), Ok(read));
    }

    #[test]
    fn what_is_no_call_is_refused() {
        let unknown = DOCUMENT.replace("authenticate", "getInteractiveURL");
        for (body, why) in [
            (&b"\xff\xfe"[..], NoCall::Encoding),
            (b"<a/>", NoCall::Envelope),
            (unknown.as_bytes(), NoCall::Unknown),
            (b"<!DOCTYPE a><a/>", NoCall::Xml(Refusal::Entities)),
        ] {
            assert_eq!(call(body), Err(why));
            assert_eq!(refusal(why).status, 500);
        }
    }

    #[test]
    fn the_description_is_well_formed_and_names_every_call() {
        let response = wsdl("https://x.example/in/a/b/qbwc");
        let text = String::from_utf8(response.body).unwrap();
        let root = parse(&text).unwrap();
        let port = root.child("portType").unwrap();
        assert_eq!(port.all("operation").count(), SERVICES.len());
        assert_eq!(
            root.child("message").unwrap().attribute("name"),
            "serverVersionSoapIn"
        );
    }
}
