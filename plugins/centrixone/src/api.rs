//! CentrixOne as a set of calls: one URL an object, GET reads, POST adds and edits, everything an array.
//!
//! Account, key and filter stand in the path, so the whole URL is a secret: the key is only ever a
//! placeholder here, and no address goes into a message or a log.
//!
//! Invariant: a POST is sent once.

use crate::assumed::{self, Object, ALL, EXTENSION, EXTERNAL, EXTERNAL_ID, ID, IDS_MAX, ROOT};
use crate::refusal::{self, Trouble};
use crate::roll::Roll;
use crate::row;
use crate::settings::Settings;
use crate::stamp;
use liaison_sdk::host::Encoder;
use liaison_sdk::http::{self, Body};
use liaison_sdk::prelude::*;
use serde::de::DeserializeOwned;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

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
    /// The list of the customers, once [`crate::list::id`] has looked it up.
    pub list: OnceCell<i64>,
    /// Who is in it, once [`Roll::read`] has read that and while nothing was written since.
    pub roll: RefCell<Option<Rc<Roll>>>,
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
            list: OnceCell::new(),
            roll: RefCell::default(),
        })
    }

    pub fn host(&self) -> &'a dyn Host {
        self.client.host()
    }

    /// Every row that a filter lets through, whole.
    pub fn rows(&self, object: Object, filter: &str) -> Result<Vec<Value>, Fault> {
        self.filtered(object, filter, &|_| true)
    }

    /// Every row that a filter lets through, of a large set a few fields only, unless nothing has changed
    /// since the stamp.
    pub fn thin<T: DeserializeOwned>(
        &self,
        object: Object,
        filter: &str,
        since: Option<&str>,
        take: &mut dyn FnMut(T),
    ) -> Result<Fresh, Fault> {
        match object.thin() {
            Some(fields) => self.fields(object, filter, fields, since, take),
            None => self.each(object, filter, object.parameters(), since, take),
        }
    }

    /// The same of whole rows, for where the few fields tell nothing.
    pub fn whole<T: DeserializeOwned>(
        &self,
        object: Object,
        filter: &str,
        take: &mut dyn FnMut(T),
    ) -> Result<Fresh, Fault> {
        self.each(object, filter, object.parameters(), None, take)
    }

    /// These fields of every row that a filter lets through, or all where the vendor shows no others.
    fn fields<T: DeserializeOwned>(
        &self,
        object: Object,
        filter: &str,
        fields: &[&str],
        since: Option<&str>,
        take: &mut dyn FnMut(T),
    ) -> Result<Fresh, Fault> {
        match self.each(object, filter, &assumed::only(fields), since, take) {
            Err(fault) if is_about_the_filter(&fault) => {
                self.each(object, filter, object.parameters(), since, take)
            }
            fresh => fresh,
        }
    }

    /// Hands over the rows of one address. Of an answer that is refused none is handed over.
    fn each<T: DeserializeOwned>(
        &self,
        object: Object,
        filter: &str,
        parameters: &str,
        since: Option<&str>,
        take: &mut dyn FnMut(T),
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
        self.fresh_stages(None)?;
        Ok(self.stages.borrow().clone().unwrap_or_default())
    }

    /// Reads the sales stages, unless nothing has changed since the stamp.
    pub fn fresh_stages(&self, since: Option<&str>) -> Result<Fresh, Fault> {
        let mut stages = Vec::new();
        let fresh = self.thin(Object::Stages, ALL, since, &mut |row| stages.push(row))?;
        if fresh != Fresh::Unchanged {
            self.stages.replace(Some(stages));
        }
        Ok(fresh)
    }

    /// To be called when one was made.
    pub fn forget_stages(&self) {
        self.stages.replace(None);
    }

    /// The rows with these ids of the object's own.
    pub fn by_id(&self, object: Object, ids: &[i64]) -> Result<Vec<Value>, Fault> {
        let wanted: BTreeSet<i64> = ids.iter().copied().collect();
        self.several(object, &tokens(object, &wanted), &|row| {
            id_of(row).is_some_and(|id| wanted.contains(&id))
        })
    }

    /// The rows with these ids of ours.
    pub fn by_external_id(&self, object: Object, ids: &[String]) -> Result<Vec<Value>, Fault> {
        let wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let fits = |row: &Value| external_id_of(row).is_some_and(|id| wanted.contains(id.as_str()));
        // A comma would end the token.
        if wanted.iter().any(|id| id.contains(',')) {
            return self.searched(object, &fits);
        }
        let tokens: Vec<String> = wanted
            .iter()
            // A colon may stand in a path as it is, and the vendor may not decode what need not be encoded.
            .map(|id| format!("{EXTERNAL}{}", http::encode(id).replace("%3A", ":")))
            .collect();
        self.several(object, &tokens, &fits)
    }

    /// Adds and edits. The rows of the answer tell ids and no more, if there are any.
    pub fn post(&self, object: Object, rows: &[Value]) -> Result<Vec<Value>, Trouble> {
        self.roll.replace(None);
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
    /// which is also what a missing record looks like, everything is looked through instead: then it is
    /// sure who is there and who is not.
    fn several(
        &self,
        object: Object,
        tokens: &[String],
        fits: &dyn Fn(&Value) -> bool,
    ) -> Result<Vec<Value>, Fault> {
        match self.in_parts(object, tokens, fits) {
            Err(fault) if is_about_the_filter(&fault) => self.searched(object, fits),
            rows => rows,
        }
    }

    /// The rows that fit, out of all. Of a large set it is seen first which ones those are: whole it may
    /// be more than one answer holds.
    fn searched(&self, object: Object, fits: &dyn Fn(&Value) -> bool) -> Result<Vec<Value>, Fault> {
        if let Some(fields) = object.known_by() {
            let mut there = BTreeSet::new();
            let (mut rows, mut told) = (0, 0);
            let mut take = |row: Value| {
                rows += 1;
                told += usize::from(
                    fields
                        .iter()
                        .any(|field| *field != ID && !row[*field].is_null()),
                );
                there.extend(id_of(&row).filter(|_| fits(&row)));
            };
            self.fields(object, ALL, fields, None, &mut take)?;
            // Rows of nothing but ids do not say who is absent, where ids are not what is looked for.
            if rows == 0 || told > 0 || fields.len() == 1 {
                match self.in_parts(object, &tokens(object, &there), fits) {
                    // They are there, so it is the kind of filter that the vendor does not take.
                    Err(fault) if is_about_the_filter(&fault) => {}
                    rows => return rows,
                }
            }
        }
        self.filtered(object, ALL, fits)
    }

    /// The rows of these tokens, as many at a time as one address holds.
    fn in_parts(
        &self,
        object: Object,
        tokens: &[String],
        fits: &dyn Fn(&Value) -> bool,
    ) -> Result<Vec<Value>, Fault> {
        let mut found = Vec::new();
        for tokens in cursor::chunks(tokens, IDS_MAX) {
            found.extend(self.filtered(object, &tokens.join(","), fits)?);
        }
        Ok(found)
    }

    /// The rows, whole, that a filter lets through and that fit, should it let through more.
    pub fn filtered(
        &self,
        object: Object,
        filter: &str,
        fits: &dyn Fn(&Value) -> bool,
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

/// The tokens of a filter by the object's own ids.
fn tokens(object: Object, ids: &BTreeSet<i64>) -> Vec<String> {
    let token = |id| format!("{}{id}", object.letter());
    ids.iter().map(token).collect()
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
