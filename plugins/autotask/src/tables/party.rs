//! Companies and people. Only data.

use super::{MADE_AND_CHANGED, ONE_OR_MANY};
use crate::erp_id::Role;
use crate::table::{column, Kind, Table};
use liaison_sdk::prelude::*;
use Comparison::{Eq, Ge, Gt, IsIn};

pub static COMPANY: Table = Table::new(
    "company",
    "Companies",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn, Gt]),
        column("name", "companyName", Kind::Text)
            .writable()
            .max(100)
            .filter(&[Eq]),
        column("number", "companyNumber", Kind::Text)
            .writable()
            .max(50)
            .filter(&[Eq]),
        column("type", "companyType", Kind::CompanyType)
            .writable()
            .filter(ONE_OR_MANY),
        column("active", "isActive", Kind::Bool)
            .writable()
            .filter(&[Eq]),
        column("owner_id", "ownerResourceID", Kind::Ref("resource")).writable(),
        column("phone", "phone", Kind::Text).writable().max(25),
        column("alternate_phone", "alternatePhone1", Kind::Text)
            .writable()
            .max(25),
        column("fax", "fax", Kind::Text).writable().max(25),
        column("address1", "address1", Kind::Text)
            .writable()
            .max(128),
        column("address2", "address2", Kind::Text)
            .writable()
            .max(128),
        column("city", "city", Kind::Text).writable().max(30),
        column("state", "state", Kind::Text).writable().max(40),
        column("postal_code", "postalCode", Kind::Text)
            .writable()
            .max(10),
        column("country_id", "countryID", Kind::Ref("country")).writable(),
        column("web", "webAddress", Kind::Text).writable().max(255),
        column("tax_region_id", "taxRegionID", Kind::Ref("tax_region")).writable(),
        column("tax_exempt", "isTaxExempt", Kind::Bool).writable(),
        column("parent_id", "parentCompanyID", Kind::Ref("company")).writable(),
        column("bill_to_attention", "billToAttention", Kind::Text)
            .writable()
            .max(50),
        column("created_at", "createDate", Kind::Instant),
        column("modified_at", "lastTrackedModifiedDateTime", Kind::Instant).filter(&[Ge]),
        column("udf", "userDefinedFields", Kind::UdfMap),
        column("external_id", "", Kind::Marker).writable(),
        column("erp_customer_id", "", Kind::ErpId(Some(Role::Customer))).writable(),
        column("erp_supplier_id", "", Kind::ErpId(Some(Role::Supplier))).writable(),
    ],
)
.writes(MADE_AND_CHANGED)
.marker("external_id")
.needs(&["name"])
.stamp("lastTrackedModifiedDateTime");

/// Written below its company, where it stays.
pub static CONTACT: Table = Table::new(
    "contact",
    "Contacts",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn, Gt]),
        column("company_id", "companyID", Kind::Ref("company"))
            .fixed()
            .filter(ONE_OR_MANY),
        column("first_name", "firstName", Kind::Text)
            .writable()
            .max(50),
        column("last_name", "lastName", Kind::Text)
            .writable()
            .max(50),
        column("title", "title", Kind::Text).writable().max(50),
        column("email", "emailAddress", Kind::Text)
            .writable()
            .max(254)
            .filter(&[Eq]),
        column("phone", "phone", Kind::Text).writable().max(25),
        column("extension", "extension", Kind::Text)
            .writable()
            .max(10),
        column("mobile", "mobilePhone", Kind::Text)
            .writable()
            .max(25),
        column("fax", "faxNumber", Kind::Text).writable().max(25),
        column("active", "isActive", Kind::Flag)
            .writable()
            .filter(&[Eq]),
        column("primary", "primaryContact", Kind::Bool).writable(),
        column("address1", "addressLine", Kind::Text)
            .writable()
            .max(128),
        column("address2", "addressLine1", Kind::Text)
            .writable()
            .max(128),
        column("city", "city", Kind::Text).writable().max(32),
        column("state", "state", Kind::Text).writable().max(40),
        column("postal_code", "zipCode", Kind::Text)
            .writable()
            .max(16),
        column("country_id", "countryID", Kind::Ref("country")).writable(),
        column("external_id", "externalID", Kind::Text)
            .writable()
            .max(50),
        column("created_at", "createDate", Kind::Instant),
        column("modified_at", "lastModifiedDate", Kind::Instant).filter(&[Ge]),
        column("udf", "userDefinedFields", Kind::UdfMap),
    ],
)
.writes(MADE_AND_CHANGED)
.marker("external_id")
.needs(&["company_id", "first_name", "last_name"])
.stamp("lastModifiedDate")
.below("Companies", "companyID", "Contacts");

/// The users of Autotask. Those of the API cannot own anything.
pub static RESOURCE: Table = Table::new(
    "resource",
    "Resources",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("email", "email", Kind::Text).filter(&[Eq]),
        column("first_name", "firstName", Kind::Text),
        column("last_name", "lastName", Kind::Text),
        column("user_name", "userName", Kind::Text).filter(&[Eq]),
        column("title", "title", Kind::Text),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
        column("license", "licenseType", Kind::Label),
    ],
);

pub static COUNTRY: Table = Table::new(
    "country",
    "Countries",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("code", "countryCode", Kind::Text).filter(&[Eq]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("display_name", "displayName", Kind::Text).filter(&[Eq]),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
    ],
);
