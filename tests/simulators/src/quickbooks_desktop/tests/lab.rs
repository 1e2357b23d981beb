//! QuickBooks with the demo company, and one application's session with it.

use crate::quickbooks_desktop::quickbooks::QuickBooks;
use crate::quickbooks_desktop::reader;
use crate::quickbooks_desktop::seed;
use crate::quickbooks_desktop::session::Session;
use crate::quickbooks_desktop::status::Refusal;
use crate::quickbooks_desktop::xml::{self, Element};
use crate::simulator::NowMs;

/// 2026-03-05 14:00 in Québec.
pub const START: NowMs = 1_772_737_200_000;

pub fn demo() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../seeds/quickbooks-desktop.json")).unwrap()
}

pub struct Lab {
    pub books: QuickBooks,
    pub session: Session,
    pub now: NowMs,
}

impl Lab {
    pub fn new() -> Self {
        let mut books = QuickBooks::default();
        seed::seed(&mut books, &demo(), START).unwrap();
        let session = books.begin("liaison", "", false).unwrap();
        Self {
            books,
            session,
            now: START + 60_000,
        }
    }

    /// A new session with QuickBooks; the one before is gone.
    pub fn reconnect(&mut self) {
        self.session = self.books.begin("liaison", "", false).unwrap();
    }

    pub fn later(&mut self, seconds: i64) {
        self.now += seconds * 1000;
    }

    /// Runs a set given as text.
    pub fn raw(&mut self, text: &str) -> Result<Element, Refusal> {
        self.later(1);
        let ran = self.books.run(text, self.now, &mut self.session)?;
        let mut root = xml::parse(&ran.answer).expect("an answer is XML").root;
        let set = root.children.remove(0);
        for response in &set.children {
            for answer in response
                .children
                .iter()
                .filter(|child| child.name.ends_with("Ret"))
            {
                let is_part = text.contains("IncludeRetElement");
                if answer.name != "PreferencesRet" && !is_part {
                    reader::check_answer(answer).unwrap_or_else(|e| panic!("{e} in {answer:#?}"));
                }
            }
        }
        Ok(set)
    }

    /// Runs requests under `attributes` of the set.
    pub fn set(&mut self, attributes: &str, requests: &str) -> Element {
        self.raw(&set(attributes, requests)).unwrap()
    }

    /// Runs one request and answers with its `…Rs`.
    pub fn ask(&mut self, request: &str) -> Element {
        self.set("onError=\"stopOnError\"", request)
            .children
            .remove(0)
    }

    /// The object a request that succeeds answers with.
    #[track_caller]
    pub fn made(&mut self, request: &str) -> Element {
        let mut response = self.ask(request);
        assert_eq!(response.attribute("statusCode"), Some("0"), "{response:#?}");
        response.children.remove(0)
    }

    /// Status of a request.
    pub fn status(&mut self, request: &str) -> String {
        self.ask(request)
            .attribute("statusCode")
            .unwrap()
            .to_owned()
    }

    /// The HRESULT of a set that is refused as a whole.
    #[track_caller]
    pub fn refused(&mut self, requests: &str) -> String {
        self.raw(&set("onError=\"stopOnError\"", requests))
            .unwrap_err()
            .hresult
    }

    pub fn id(&self, kind: &'static str, key: &str) -> String {
        self.books
            .company()
            .find(kind, key)
            .unwrap_or_else(|| panic!("no {key}"))
            .id
            .clone()
    }

    /// One object by query, with all that can be asked for.
    #[track_caller]
    pub fn txn(&mut self, kind: &str, id: &str) -> Element {
        self.made(&format!(
            "<{kind}QueryRq><TxnID>{id}</TxnID><IncludeLineItems>true</IncludeLineItems>\
             <IncludeLinkedTxns>true</IncludeLinkedTxns><OwnerID>0</OwnerID></{kind}QueryRq>"
        ))
    }

    #[track_caller]
    pub fn stock(&mut self, name: &str) -> String {
        let item = self.made(&format!(
            "<ItemInventoryQueryRq><FullName>{name}</FullName></ItemInventoryQueryRq>"
        ));
        ["QuantityOnHand", "QuantityOnOrder", "QuantityOnSalesOrder"]
            .map(|field| item.get(field).unwrap().to_owned())
            .join(" ")
    }
}

pub fn set(attributes: &str, requests: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><?qbxml version=\"13.0\"?><QBXML><QBXMLMsgsRq {attributes}>{requests}</QBXMLMsgsRq></QBXML>"
    )
}
