//! What a person needs before the first visit: the file for the Web Connector, a password, five steps.

use crate::identity;
use crate::inbound::PATH;
use crate::settings::{Settings, PASSWORD, USER};
use crate::xml::leaf;
use liaison_sdk::prelude::*;

/// Prepares the connection that is reached under `address`. Called again it gives the same file.
pub fn prepare(host: &dyn Host, address: &str) -> Result<Preparation, Fault> {
    let settings = Settings::of(host)?;
    let address = usable(address)?;
    let identity = identity::identity_or_new(host).map_err(|words| {
        fault::unavailable(text!(
            "qbd-not-kept",
            "The marks of this connection cannot be kept: {reason}",
            reason = words
        ))
    })?;
    // Whoever called so far had the old password.
    identity::forget_calls(host);
    let name = settings.app_name();
    let url = format!("{address}{PATH}");
    let mut out = String::from("<?xml version=\"1.0\"?>\n<QBWCXML>\n");
    let mut line = |name: &str, text: &str| {
        out.push_str("  ");
        leaf(&mut out, name, text);
        out.push('\n');
    };
    line("AppName", name);
    line("AppID", "");
    line("AppURL", &url);
    line(
        "AppDescription",
        "Keeps QuickBooks in step with other systems",
    );
    line("AppSupport", &url);
    line("UserName", USER);
    line("OwnerID", &identity.owner);
    line("FileID", &identity.file);
    line("QBType", "QBFS");
    line("PersonalDataPref", "pdpNotNeeded");
    let mode = if settings.unattended() {
        "umpRequired"
    } else {
        "umpOptional"
    };
    line("UnattendedModePref", mode);
    line("AuthFlags", settings.auth_flags());
    line(
        "IsReadOnly",
        if settings.read_only() {
            "true"
        } else {
            "false"
        },
    );
    line("Notify", "false");
    out.push_str(&format!(
        "  <Scheduler>\n    <RunEveryNSeconds>{}</RunEveryNSeconds>\n  </Scheduler>\n</QBWCXML>\n",
        settings.poll_seconds()
    ));
    let file = file_name(name);
    Ok(Preparation {
        files: vec![SetupFile {
            name: file.clone(),
            content: out.into_bytes(),
            purpose: text!(
                "qbd-file",
                "Copy this file to the computer with QuickBooks; it tells the Web Connector where to call"
            ),
        }],
        generate: vec![PASSWORD.to_owned()],
        steps: vec![
            text!(
                "qbd-step-open",
                "On the computer with QuickBooks, open the company file as Admin, in single-user mode. The QuickBooks Web Connector must be installed there"
            ),
            text!(
                "qbd-step-add",
                "Open the Web Connector, choose Add an Application, and choose {file}",
                file = file
            ),
            text!(
                "qbd-step-allow",
                "In the dialog that QuickBooks shows choose: Yes, always; allow access even if QuickBooks is not running; then the user to log in as, and Continue, Done"
            ),
            text!(
                "qbd-step-password",
                "In the Web Connector type the password shown here into the line of {name}, and let it be kept",
                name = name
            ),
            text!(
                "qbd-step-run",
                "Tick Auto-Run, press Update Selected, and then run `liaison check`"
            ),
        ],
        ext: Vec::new(),
    })
}

/// What the Web Connector will call: https and a name, or this very computer.
fn usable(address: &str) -> Result<&str, Fault> {
    let address = address.trim().trim_end_matches('/');
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let authority = rest.split('/').next().unwrap_or_default();
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => authority,
    };
    let local = name.eq_ignore_ascii_case("localhost");
    let numbers = name.starts_with('[')
        || (!name.is_empty() && name.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    match scheme {
        "https" if !numbers && !name.is_empty() => Ok(address),
        "http" if local => Ok(address),
        _ => Err(fault::misconfigured(text!(
            "qbd-address",
            "The Web Connector calls only https addresses with a name in them, or http on localhost; not {address}",
            address = address
        ))),
    }
}

fn file_name(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '-'
        }
    };
    format!(
        "{}.qwc",
        name.to_lowercase().chars().map(plain).collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_it_will_call_is_usable() {
        for (address, ok) in [
            ("https://sync.example/in/a/b", true),
            ("https://sync.example:8443/in/a/b/", true),
            ("http://localhost:4180/in/a/b", true),
            ("http://sync.example/in", false),
            ("https://192.0.2.7/in", false),
            ("https://[::1]/in", false),
            ("http://127.0.0.1/in", false),
            ("sync.example/in", false),
            ("https:///in", false),
        ] {
            assert_eq!(usable(address).is_ok(), ok, "{address}");
        }
        assert_eq!(file_name("Liaison & Cie"), "liaison---cie.qwc");
    }
}
