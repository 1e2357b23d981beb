//! `liaison connection setup`: what the settings name, as a package that Salesforce's own tools deploy, and where
//! outbound messages go.

use crate::inbound::{MESSAGE, SECRET};
use crate::made::made;
use crate::metadata::{package, File};
use crate::settings::Settings;
use crate::tables;
use liaison_sdk::prelude::*;
use std::io::{Cursor as Bytes, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const FILE: &str = "liaison-salesforce.zip";
/// The object to which nobody can add fields.
pub const NO_FIELDS: &str = "PricebookEntry";

/// The package of this connection, which is reached under `address`. The same settings give the same bytes.
pub fn prepare(host: &dyn Host, address: &str) -> Result<Preparation, Fault> {
    let settings = Settings::of(host)?;
    let keyed = tables::ALL.iter().filter(|table| table.writable);
    let keyed = keyed.filter_map(|table| table.object);
    let keyed: Vec<&str> = keyed.filter(|object| *object != NO_FIELDS).collect();
    let objects = made(&settings, &keyed)?;
    if objects.is_empty() && address.is_empty() {
        return Err(fault::misconfigured(text!(
            "salesforce-nothing-to-make",
            "There is nothing to make: the settings `fields` and `record_types` say what is, and `key_field` is empty"
        )));
    }
    let mut prepared = Preparation {
        files: Vec::new(),
        generate: Vec::new(),
        steps: Vec::new(),
        ext: Vec::new(),
    };
    if !objects.is_empty() {
        let files = package(&objects, settings.version());
        let content = zipped(&files).map_err(|error| {
            fault::internal(text!(
                "salesforce-zip",
                "The package could not be put together: {error}",
                error = error
            ))
        })?;
        to_deploy(&mut prepared, content);
    }
    if !address.is_empty() {
        // A secret that is set stays: an outbound message in the org already has it in its address.
        if host.matches(SECRET, "").is_err() {
            prepared.generate.push(SECRET.to_owned());
        }
        to_call_us(&mut prepared, address.trim_end_matches('/'));
    }
    let check = text!("salesforce-setup-check", "Then run `liaison check`");
    prepared.steps.push(check);
    Ok(prepared)
}

fn to_deploy(prepared: &mut Preparation, content: Vec<u8>) {
    prepared.files.push(SetupFile {
        name: FILE.to_owned(),
        content,
        purpose: text!(
            "salesforce-setup-file",
            "Custom fields, objects, record types, layouts and the permission set `liaison`, for Salesforce's own tools"
        ),
    });
    prepared.steps.extend([
        text!(
            "salesforce-setup-deploy",
            "Deploy it: sf project deploy start --metadata-dir {file} (first with --dry-run, or into a sandbox). What is there already under these names is brought to what the package says",
            file = FILE
        ),
        text!(
            "salesforce-setup-permissions",
            "Setup > Permission Sets > liaison > Manage Assignments: assign it to the integration user"
        ),
        text!(
            "salesforce-setup-layouts",
            "Setup > Object Manager > the object > Page Layouts: the layout `liaison` has the new fields and related lists; assign it, or take them over into your own"
        ),
    ]);
}

fn to_call_us(prepared: &mut Preparation, address: &str) {
    prepared.steps.push(text!(
        "salesforce-setup-message",
        "Where a press of the button shall be felt at once: Setup > Outbound Messages > New, the object, endpoint {address}{path} followed by the secret `message_secret`, the field Id; and a record-triggered flow that sends it when the button's field is set. The address must be https, with a certificate that Salesforce knows",
        address = address,
        path = MESSAGE
    ));
}

fn zipped(files: &[File]) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Bytes::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in files {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(content.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use liaison_sdk::testing::ScriptHost;
    use liaison_sdk::xml;
    use std::collections::BTreeMap;
    use std::io::Read;

    fn prepared(given: Value) -> BTreeMap<String, String> {
        let host = ScriptHost::new(given);
        let prepared = prepare(&host, "").unwrap();
        let content = prepared.files[0].content.clone();
        assert_eq!(prepare(&host, "").unwrap().files[0].content, content);
        let mut archive = zip::ZipArchive::new(Bytes::new(content)).unwrap();
        let files = archive.len();
        let read = |nth| {
            let mut file = archive.by_index(nth).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            xml::parse(&text).unwrap();
            (file.name().to_owned(), text)
        };
        (0..files).map(read).collect()
    }

    #[test]
    fn the_package_has_what_the_settings_name() {
        let files = prepared(
            json!({"key_field": "", "key_fields": {"Mirror__c": "Number__c"}, "custom_objects": ["Mirror__c"],
            "fields": {"Contract.Intacct_Id__c": "text(40)", "Contract.Sync__c": "checkbox", "Mirror__c.Contract__c": "lookup(Contract)",
                "Mirror__c.State__c": "picklist(Draft|Posted & closed)", "Mirror__c.Amount__c": "currency(18,2)"},
            "record_types": ["Opportunity.Sales_Order"]}),
        );
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "layouts/Contract-liaison.layout",
                "layouts/Mirror__c-liaison.layout",
                "layouts/Opportunity-liaison.layout",
                "objects/Contract.object",
                "objects/Mirror__c.object",
                "objects/Opportunity.object",
                "package.xml",
                "permissionsets/liaison.permissionset",
            ]
        );
        for (file, parts) in [
            (
                "objects/Contract.object",
                &[
                    "<fullName>Intacct_Id__c</fullName>",
                    "<length>40</length>",
                    "<defaultValue>false</defaultValue>",
                ][..],
            ),
            (
                "objects/Mirror__c.object",
                &[
                    "<deploymentStatus>Deployed</deploymentStatus>",
                    "<referenceTo>Contract</referenceTo>",
                    "<fullName>Number__c</fullName>",
                    "<externalId>true</externalId>",
                    "<fullName>Posted &amp; closed</fullName>",
                    "<restricted>false</restricted>",
                    "<scale>2</scale>",
                    "<sharingModel>Read</sharingModel>",
                ],
            ),
            (
                "objects/Opportunity.object",
                &["<fullName>Sales_Order</fullName>"],
            ),
            (
                "layouts/Contract-liaison.layout",
                &[
                    "<field>AccountId</field>",
                    "<field>Intacct_Id__c</field>",
                    "<relatedList>Mirror__c.Contract__c</relatedList>",
                ],
            ),
            (
                "permissionsets/liaison.permissionset",
                &[
                    "<field>Contract.Sync__c</field>",
                    "<object>Mirror__c</object>",
                    "<recordType>Opportunity.Sales_Order</recordType>",
                ],
            ),
            (
                "package.xml",
                &[
                    "<members>Contract.Intacct_Id__c</members>",
                    "<members>Mirror__c</members>",
                    "<members>Opportunity.Sales_Order</members>",
                    "<members>Contract-liaison</members>",
                    "<version>62.0</version>",
                ],
            ),
        ] {
            for part in parts {
                assert!(
                    files[file].contains(part),
                    "{file}: {part}\n{}",
                    files[file]
                );
            }
        }
        // What has a field made by nobody is not there.
        assert!(!files.contains_key("objects/Account.object"));
    }

    #[test]
    fn without_settings_the_key_alone_is_made() {
        let files = prepared(json!({}));
        let objects: Vec<&str> = (files.keys())
            .filter_map(|name| name.strip_prefix("objects/"))
            .collect();
        assert_eq!(
            objects,
            [
                "Account.object",
                "Contact.object",
                "Contract.object",
                "Opportunity.object",
                "OpportunityLineItem.object",
                "Pricebook2.object",
                "Product2.object"
            ]
        );
        let fault = prepare(&ScriptHost::new(json!({"key_field": ""})), "").expect_err("nothing");
        assert_eq!(fault.message.key, "salesforce-nothing-to-make");
    }
}
