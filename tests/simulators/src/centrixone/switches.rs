//! What the vendor's support, or an installation's choice, sets for one account.

use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct Switches {
    /// One bad record in a POST refuses the whole array. Off: the records before it stay.
    pub all_or_nothing: bool,
    /// Whether the API may create lists.
    pub lists_creatable: bool,
    /// The permission to write a primary contact. Off: people and the API may not, automations may.
    pub write_level_1: bool,
    /// The same at the level that support sets. Off: nobody may, automations included.
    pub write_level_2: bool,
    /// Acomba → CRM only: people and automations may not write what is in list Acomba; the API may.
    pub one_way: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            all_or_nothing: true,
            lists_creatable: true,
            write_level_1: true,
            write_level_2: true,
            one_way: false,
        }
    }
}

impl Switches {
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let switch = match name {
            "all_or_nothing" => &mut self.all_or_nothing,
            "lists_creatable" => &mut self.lists_creatable,
            "write_level_1" => &mut self.write_level_1,
            "write_level_2" => &mut self.write_level_2,
            "one_way" => &mut self.one_way,
            _ => return Err(format!("no switch `{name}`")),
        };
        *switch = value
            .as_bool()
            .ok_or_else(|| format!("switch `{name}` is true or false"))?;
        Ok(())
    }

    pub fn show(&self) -> Value {
        json!({
            "all_or_nothing": self.all_or_nothing,
            "lists_creatable": self.lists_creatable,
            "write_level_1": self.write_level_1,
            "write_level_2": self.write_level_2,
            "one_way": self.one_way,
        })
    }
}
