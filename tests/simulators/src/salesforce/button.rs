//! A button on a record's page: what it sets when somebody presses it, and when that was.
//!
//! `{"name":"sync","object":"Contract","set":{"Sync_Requested__c":true},"stamp":"Sync_Requested_At__c"}`

use serde_json::Value;

use super::declared::Given;
use super::org::Org;
use super::time::{self, Stamp};
use super::writes::Values;

#[derive(Debug, Clone)]
pub struct Button {
    pub name: String,
    pub object: String,
    set: Values,
    stamp: Option<String>,
}

impl Button {
    pub fn read(org: &Org, given: &Value) -> Result<Self, String> {
        let mut given = Given::new("a button", given)?;
        let object = given.text("object")?;
        let declared = org.schema.object(&object);
        let declared = declared.ok_or_else(|| format!("no object `{object}`"))?;
        let button = Self {
            name: given.text("name")?,
            object: declared.name.clone(),
            set: match given.take("set") {
                Some(Value::Object(set)) => set,
                None => Values::new(),
                Some(_) => return Err("a button: `set` is an object".to_owned()),
            },
            stamp: given.text_or_none("stamp")?,
        };
        given.finish()?;
        let mut fields = button.set.keys().chain(&button.stamp);
        match fields.find(|field| declared.field(field).is_none()) {
            Some(field) => Err(format!("button `{}`: no field `{field}`", button.name)),
            None => Ok(button),
        }
    }

    /// What a press writes.
    pub fn pressed(&self, now: Stamp) -> Values {
        let mut set = self.set.clone();
        if let Some(stamp) = &self.stamp {
            set.insert(stamp.clone(), time::written(now).into());
        }
        set
    }
}
