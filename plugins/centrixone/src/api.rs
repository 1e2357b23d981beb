//! CentrixOne as a set of calls: one URL an object, GET reads, POST adds and edits, everything an array.
//!
//! Account, key and filter stand in the path, so the whole URL is a secret: the key is only ever a
//! placeholder here, and no address goes into a message or a log.
//!
//! Invariant: a POST is sent once.

use crate::assumed::{self, Object, ALL, EXTENSION, EXTERNAL, EXTERNAL_ID, ID, IDS_MAX, ROOT};
use crate::refusal::{self, Trouble};
use crate::row;
use crate::settings::Settings;
use crate::stamp;
use liaison_sdk::host::Encoder;
use liaison_sdk::http::{self, Body};
use liaison_sdk::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The secret that stands in the path.
pub const API_KEY: &str = "api_key";

/// CentrixOne, for one account.
pub struct Api<'a> {
    client: Client<'a>,
    pub settings: Settings,
    /// The placeholder, as it stands in a path.
    key: String,
    /// The sales stages, once they were read.
    stages: RefCell<Option<Vec<Value>>>,
}

/// The answer to a read that said what we had already.
#[derive(Debug, PartialEq)]
pub enum Fresh {
    /// Nothing of this result set has changed.
    Unchanged,
    /// All of it was handed over; the stamp to present next time.
    Shown(Option<String>),
}

impl<'a> Api<'a> {
    /// The API of this connection. Sends nothing.
    pub fn open(host: &'a dyn Host) -> Result<Self, Fault> {
        let settings = Settings::of(host)?;
        let client = Client::new(host, &settings.base()).header("Accept", "application/json");
        Ok(Self {
            client,
            key: http::placeholder(host, API_KEY, Encoder::Url)?,
            settings,
            stages: RefCell::default(),
        })
    }

    pub fn host(&self) -> &'a dyn Host {
        self.client.host()
    }

    /// Every row that a filter lets through, whole.
    pub fn rows(&self, object: Object, filter: &str) -> Result<Vec<Value>, Fault> {
        let mut rows = Vec::new();
        self.each(object, filter, object.parameters(), None, &mut |row| {
            rows.push(row);
        })?;
        Ok(rows)
    }

    /// Every row that a filter lets through, of a large set a few fields only, unless nothing has changed
    /// since the stamp.
    pub fn thin(
        &self,
        object: Object,
        filter: &str,
        since: Option<&str>,
        take: &mut dyn FnMut(Value),
    ) -> Result<Fresh, Fault> {
        let whole = object.parameters();
        let Some(fields) = object.thin() else {
            return self.each(object, filter, whole, since, take);
        };
        match self.each(object, filter, &assumed::only(fields), since, take) {
            Err(fault) if is_about_the_filter(&fault) => {
                self.each(object, filter, whole, since, take)
            }
            fresh => fresh,
        }
    }

    /// Hands over the rows of one address. On a fault none was handed over.
    fn each(
        &self,
        object: Object,
        filter: &str,
        parameters: &str,
        since: Option<&str>,
        take: &mut dyn FnMut(Value),
    ) -> Result<Fresh, Fault> {
        let client = match since {
            Some(stamp) => self.client.clone().header("If-Modified-Since", stamp),
            None => self.client.clone(),
        };
        let path = format!("{}{parameters}", self.path(object, filter));
        let answer = client
            .read(Method::Get, &path, None)
            .map_err(refusal::of_client)?;
        if answer.status() == 304 && since.is_some() {
            return Ok(Fresh::Unchanged);
        }
        let body = refusal::success(&answer).ok_or_else(|| refusal::of_read(&answer))?;
        match body.get(object.word()) {
            Some(rows) if row::each(rows, take) => {
                Ok(Fresh::Shown(stamp::to_keep(&answer, self.host().now_ms())))
            }
            _ => Err(self.out_of_shape(object)),
        }
    }

    /// All sales stages: few, and read once a call.
    pub fn stages(&self) -> Result<Vec<Value>, Fault> {
        if let Some(stages) = &*self.stages.borrow() {
            return Ok(stages.clone());
        }
        let stages = self.rows(Object::Stages, ALL)?;
        self.stages.replace(Some(stages.clone()));
        Ok(stages)
    }

    /// To be called when one was made.
    pub fn forget_stages(&self) {
        self.stages.replace(None);
    }

    /// The rows with these ids of the object's own.
    pub fn by_id(&self, object: Object, ids: &[i64]) -> Result<Vec<Value>, Fault> {
        let wanted: BTreeSet<i64> = ids.iter().copied().collect();
        let tokens: Vec<String> = wanted
            .iter()
            .map(|id| format!("{}{id}", object.letter()))
            .collect();
        self.several(object, &tokens, |row| {
            id_of(row).is_some_and(|id| wanted.contains(&id))
        })
    }

    /// The rows with these ids of ours.
    pub fn by_external_id(&self, object: Object, ids: &[String]) -> Result<Vec<Value>, Fault> {
        let wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let fits = |row: &Value| external_id_of(row).is_some_and(|id| wanted.contains(id.as_str()));
        // A comma would end the token.
        if wanted.iter().any(|id| id.contains(',')) {
            return self.filtered(object, ALL, fits);
        }
        let tokens: Vec<String> = wanted
            .iter()
            // A colon may stand in a path as it is, and the vendor may not decode what need not be encoded.
            .map(|id| format!("{EXTERNAL}{}", http::encode(id).replace("%3A", ":")))
            .collect();
        self.several(object, &tokens, fits)
    }

    /// Adds and edits. The rows of the answer tell ids and no more, if there are any.
    pub fn post(&self, object: Object, rows: &[Value]) -> Result<Vec<Value>, Trouble> {
        let body = Body {
            content_type: "application/json",
            bytes: Value::Array(rows.to_vec()).to_string().into_bytes(),
        };
        let answer = self
            .client
            .send(Method::Post, &self.path(object, ALL), Some(body))
            .map_err(|error| refusal::unanswered(&error))?;
        let trouble = || refusal::of_write(&answer, self.host().now_ms());
        let body = refusal::success(&answer).ok_or_else(trouble)?;
        // Only `Result` is documented. A vendor that tells no rows has carried the request out all the same.
        let mut told = Vec::new();
        if let Some(rows) = body.get(object.word()) {
            row::each(rows, &mut |row| told.push(row));
        }
        Ok(told)
    }

    /// The rows of a filter by ids, whatever else the vendor adds. Where the filter itself fails,
    /// which is also what a missing record looks like, everything is read instead: then it is sure
    /// who is there and who is not.
    fn several(
        &self,
        object: Object,
        tokens: &[String],
        fits: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Value>, Fault> {
        let mut found = Vec::new();
        for tokens in cursor::chunks(tokens, IDS_MAX) {
            match self.filtered(object, &tokens.join(","), &fits) {
                Ok(rows) => found.extend(rows),
                Err(fault) if is_about_the_filter(&fault) => {
                    return self.filtered(object, ALL, fits)
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(found)
    }

    fn filtered(
        &self,
        object: Object,
        filter: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Value>, Fault> {
        let mut rows = Vec::new();
        let mut take = |row| {
            if fits(&row) {
                rows.push(row);
            }
        };
        self.each(object, filter, object.parameters(), None, &mut take)?;
        Ok(rows)
    }

    fn path(&self, object: Object, filter: &str) -> String {
        format!(
            "{ROOT}/{}/{}-{}-{}-{filter}{EXTENSION}",
            self.settings.language(),
            object.word(),
            self.settings.account(),
            self.key,
        )
    }

    fn out_of_shape(&self, object: Object) -> Fault {
        fault::unavailable(text!(
            "centrixone-out-of-shape",
            "CentrixOne's answer has no list of {object}",
            object = object.word()
        ))
    }
}

/// Whether a read failed in a way that another filter may not.
pub fn is_about_the_filter(fault: &Fault) -> bool {
    matches!(fault.vendor_code.as_deref(), Some("400" | "404" | "500"))
}

/// A row's id, whether the vendor writes it as a number or as text.
pub fn id_of(row: &Value) -> Option<i64> {
    id_in(row, ID)
}

/// The id in a property; 0 is none.
pub fn id_in(row: &Value, property: &str) -> Option<i64> {
    let id = match &row[property] {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (id > 0).then_some(id)
}

/// An id as our bodies write it.
pub fn parse_id(id: &str) -> Option<i64> {
    id.trim().parse().ok().filter(|&id| id > 0)
}

/// A row's id of ours.
pub fn external_id_of(row: &Value) -> Option<String> {
    let text = match &row[EXTERNAL_ID] {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}
