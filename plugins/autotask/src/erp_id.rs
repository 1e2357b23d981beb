//! Two ERP ids in one user-defined field.
//!
//! A company has one field for its id in the ERP, but the ERP may know it twice: as a customer and
//! as a supplier. A plain value belongs to the role of the company's type; the other role follows
//! with a tag: `57 S:12` is customer 57 and supplier 12, on a vendor `12 C:57` is the same.
//!
//! Invariant: a value that has neither form is never cut; it is the role's id as it stands.

/// What a company is to the ERP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Customer,
    Supplier,
}

impl Role {
    /// The role of a company type's label.
    pub fn of_type(company_type: Option<&str>) -> Self {
        match company_type {
            Some("vendor") => Self::Supplier,
            _ => Self::Customer,
        }
    }

    fn tag(self) -> &'static str {
        match self {
            Self::Customer => "C:",
            Self::Supplier => "S:",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Customer => Self::Supplier,
            Self::Supplier => Self::Customer,
        }
    }
}

/// The ids of a company in the ERP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErpIds {
    pub customer: Option<String>,
    pub supplier: Option<String>,
}

impl ErpIds {
    /// Reads the field of a company whose type has the role `own`.
    pub fn unpack(value: &str, own: Role) -> Self {
        let value = value.trim();
        let mut ids = Self::default();
        if value.is_empty() {
            return ids;
        }
        let tagged = |text: &str| {
            text.strip_prefix(own.other().tag())
                .filter(|id| is_one_word(id))
                .map(str::to_owned)
        };
        match value.rsplit_once(' ') {
            Some((plain, rest)) if is_one_word(plain.trim()) && tagged(rest).is_some() => {
                *ids.part(own) = Some(plain.trim().to_owned());
                *ids.part(own.other()) = tagged(rest);
            }
            _ => match tagged(value) {
                Some(id) => *ids.part(own.other()) = Some(id),
                None => *ids.part(own) = Some(value.to_owned()),
            },
        }
        ids
    }

    /// The field's text; nothing when there is no id.
    pub fn pack(&self, own: Role) -> String {
        let tagged = self
            .get(own.other())
            .map(|id| format!("{}{id}", own.other().tag()));
        let parts: Vec<String> = self
            .get(own)
            .map(str::to_owned)
            .into_iter()
            .chain(tagged)
            .collect();
        parts.join(" ")
    }

    /// The id of a role.
    pub fn get(&self, role: Role) -> Option<&str> {
        match role {
            Role::Customer => self.customer.as_deref(),
            Role::Supplier => self.supplier.as_deref(),
        }
    }

    /// The place of a role's id.
    pub fn part(&mut self, role: Role) -> &mut Option<String> {
        match role {
            Role::Customer => &mut self.customer,
            Role::Supplier => &mut self.supplier,
        }
    }
}

fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Customer, Supplier};

    #[test]
    fn values_unpack_by_role_and_pack_again() {
        for (value, own, customer, supplier) in [
            ("", Customer, None, None),
            ("57", Customer, Some("57"), None),
            ("57", Supplier, None, Some("57")),
            ("57 S:12", Customer, Some("57"), Some("12")),
            ("12 C:57", Supplier, Some("57"), Some("12")),
            ("S:12", Customer, None, Some("12")),
            ("C:57", Supplier, Some("57"), None),
            // Neither form: verbatim.
            ("57 12", Customer, Some("57 12"), None),
            ("S:", Customer, Some("S:"), None),
            ("C:57", Customer, Some("C:57"), None),
            ("a b S:12", Customer, Some("a b S:12"), None),
        ] {
            let ids = ErpIds::unpack(value, own);
            assert_eq!(
                (ids.customer.as_deref(), ids.supplier.as_deref()),
                (customer, supplier),
                "{value} {own:?}"
            );
            assert_eq!(ids.pack(own), value, "{value} {own:?}");
        }
    }

    #[test]
    fn writing_one_part_keeps_the_other() {
        for (value, own, role, id, expected) in [
            ("57", Customer, Supplier, Some("12"), "57 S:12"),
            ("57 S:12", Customer, Customer, None, "S:12"),
            ("57 S:12", Customer, Supplier, None, "57"),
            ("12", Supplier, Customer, Some("57"), "12 C:57"),
            ("", Supplier, Customer, Some("57"), "C:57"),
            ("57", Customer, Customer, None, ""),
        ] {
            let mut ids = ErpIds::unpack(value, own);
            *ids.part(role) = id.map(str::to_owned);
            assert_eq!(ids.pack(own), expected, "{value} {own:?} {role:?}");
        }
    }
}
