//! A systemd unit as text.
//!
//! Every setting has its own way of writing: a command line is unquoted, unescaped and its `%` and `$`
//! replaced; a list of paths is unquoted and its `%` replaced; a working folder is taken as it stands
//! but for `%`. See systemd.syntax(7), systemd.service(5) and systemd.unit(5).

use std::ffi::OsStr;
use std::path::Path;

use super::{
    Difference, EXIT_WRONG_COMMAND, Field, Flaw, START_SECONDS_MAX, STOP_SECONDS_MAX, ServiceError,
    ServiceSpec,
};

/// The first line of every unit that we write, and of no other.
const MARK: &str = "# Written by `liaison service install`";

/// Between two attempts. Long enough for a log that one can read, short enough for a night.
const RESTART_SECONDS: u64 = 10;

/// Whose systemd it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The machine's; its units start at boot.
    System,
    /// A person's; its units start at boot when the person lingers, else at log-in.
    User,
}

/// What only the machine's own systemd can do: a person's may not make mount namespaces everywhere.
///
/// No `PrivateTmp`: a file that a person names (`store export /tmp/…`) is written by the service, and
/// must be refused rather than written where that person cannot see it. No `MemoryDenyWriteExecute`:
/// connectors are compiled here.
const WALLS_OF_SYSTEM: [(&str, &str); 12] = [
    ("ProtectSystem", "strict"),
    ("ProtectHome", "read-only"),
    ("ProtectClock", "yes"),
    ("ProtectControlGroups", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("PrivateDevices", "yes"),
    // For `--listen 0.0.0.0:443`, where it runs as root.
    ("CapabilityBoundingSet", "CAP_NET_BIND_SERVICE"),
    ("RestrictNamespaces", "yes"),
    ("RestrictSUIDSGID", "yes"),
];

const WALLS: [(&str, &str); 6] = [
    ("NoNewPrivileges", "yes"),
    ("LockPersonality", "yes"),
    ("RestrictRealtime", "yes"),
    // The last one: names are resolved with it.
    (
        "RestrictAddressFamilies",
        "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    ),
    ("SystemCallArchitectures", "native"),
    // Keys and exports are their owner's alone.
    ("UMask", "0077"),
];

/// The unit for `spec`, run as `user`; none for whoever runs that systemd.
///
/// Errors with the first value that no unit can hold.
pub fn render(
    spec: &ServiceSpec,
    scope: Scope,
    user: Option<&str>,
) -> Result<String, ServiceError> {
    let mut unit = Lines(String::new());
    let edit = match scope {
        Scope::System => "systemctl edit",
        Scope::User => "systemctl --user edit",
    };
    let name = &spec.name;
    unit.line(&format!("{MARK}. Your own settings: `{edit} {name}`."));
    unit.line("[Unit]");
    unit.set("Description", &description(&spec.description)?);
    if scope == Scope::System {
        unit.set("Wants", "network-online.target");
        unit.set("After", "network-online.target");
    }
    // It tries again for as long as it takes: at night nobody is there to start it.
    unit.set("StartLimitIntervalSec", "0");

    unit.line("");
    unit.line("[Service]");
    // A start waits until we say that we serve; see notify.rs.
    unit.set("Type", "notify");
    unit.set("ExecStart", &command_line(spec)?);
    let home = path(Field::Home, &spec.home)?;
    unit.set("WorkingDirectory", &folder(home));
    if let Some(user) = user {
        unit.set("User", &account(user)?);
    }
    unit.set("Restart", "on-failure");
    unit.set("RestartSec", &RESTART_SECONDS.to_string());
    unit.set("RestartPreventExitStatus", &EXIT_WRONG_COMMAND.to_string());
    // We end our children ourselves.
    unit.set("KillMode", "mixed");
    unit.set("KillSignal", "SIGTERM");
    unit.set("TimeoutStartSec", &START_SECONDS_MAX.to_string());
    unit.set("TimeoutStopSec", &STOP_SECONDS_MAX.to_string());
    for (key, value) in WALLS {
        unit.set(key, value);
    }
    if scope == Scope::System {
        for (key, value) in WALLS_OF_SYSTEM {
            unit.set(key, value);
        }
        unit.set("ReadWritePaths", &word(home, Dollar::Stands));
    }

    unit.line("");
    unit.line("[Install]");
    unit.set(
        "WantedBy",
        match scope {
            Scope::System => "multi-user.target",
            Scope::User => "default.target",
        },
    );
    Ok(unit.0)
}

/// Whether we wrote this unit, or somebody has edited one that we wrote.
pub fn is_ours(unit: &str) -> bool {
    unit.starts_with(MARK)
}

/// The lines that only one of two units has, in order.
pub fn differences(installed: &str, wanted: &str) -> Vec<Difference> {
    let only = |one: &str, other: &str| -> Vec<String> {
        let others: Vec<&str> = other.lines().collect();
        let lines = one.lines().filter(|line| !others.contains(line));
        lines.map(str::to_owned).collect()
    };
    let gone = only(installed, wanted).into_iter();
    let new = only(wanted, installed).into_iter();
    let mut differences: Vec<Difference> = gone
        .map(|line| Difference {
            installed: Some(line),
            wanted: None,
        })
        .collect();
    differences.extend(new.map(|line| Difference {
        installed: None,
        wanted: Some(line),
    }));
    if differences.is_empty() && installed != wanted {
        // The same lines, in another order or number.
        differences.push(Difference {
            installed: Some(installed.to_owned()),
            wanted: Some(wanted.to_owned()),
        });
    }
    differences
}

struct Lines(String);

impl Lines {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn set(&mut self, key: &str, value: &str) {
        self.line(&format!("{key}={value}"));
    }
}

/// What `$` is in a word: in arguments a variable begins with it, elsewhere it stands for itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dollar {
    Doubled,
    Stands,
}

fn command_line(spec: &ServiceSpec) -> Result<String, ServiceError> {
    let program = path(Field::Program, &spec.program)?;
    let mut line = word(program, Dollar::Stands);
    for argument in &spec.arguments {
        line.push(' ');
        line.push_str(&word(text(Field::Argument, argument)?, Dollar::Doubled));
    }
    Ok(line)
}

/// One word of a command line or of a list of paths, in quotes where it needs them.
fn word(word: &str, dollar: Dollar) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_.:=,@+-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in word.chars() {
        match c {
            '\\' | '"' => quoted.push('\\'),
            '%' => quoted.push('%'),
            '$' if dollar == Dollar::Doubled => quoted.push('$'),
            _ => {}
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Quotes would be part of a working folder's name, so there are none.
fn folder(path: &str) -> String {
    let mut folder = path.replace('%', "%%");
    // Blanks at the end would be cut off, and a backslash would take the next line with it.
    if folder.ends_with(|c: char| c.is_whitespace() || c == '\\') {
        folder.push('/');
    }
    folder
}

fn description(description: &str) -> Result<String, ServiceError> {
    let trimmed = text(Field::Description, OsStr::new(description))?.trim();
    if trimmed.is_empty() {
        return Err(flawed(Field::Description, description, Flaw::Empty));
    }
    if trimmed.ends_with('\\') {
        return Err(flawed(
            Field::Description,
            description,
            Flaw::EndsInBackslash,
        ));
    }
    Ok(trimmed.replace('%', "%%"))
}

fn account(user: &str) -> Result<String, ServiceError> {
    if user.is_empty() {
        return Err(flawed(Field::User, user, Flaw::Empty));
    }
    let right = !user.starts_with(['-', '.'])
        && user
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    match right {
        true => Ok(user.to_owned()),
        false => Err(flawed(Field::User, user, Flaw::NotAUser)),
    }
}

fn path(field: Field, path: &Path) -> Result<&str, ServiceError> {
    let text = text(field, path.as_os_str())?;
    match path.is_absolute() {
        true => Ok(text),
        false => Err(flawed(field, text, Flaw::RelativePath)),
    }
}

fn text(field: Field, value: &OsStr) -> Result<&str, ServiceError> {
    let Some(text) = value.to_str() else {
        return Err(flawed(field, &value.to_string_lossy(), Flaw::NotUnicode));
    };
    match text.chars().any(char::is_control) {
        true => Err(flawed(field, text, Flaw::ControlCharacter)),
        false => Ok(text),
    }
}

fn flawed(field: Field, value: &str, flaw: Flaw) -> ServiceError {
    ServiceError::InvalidValue {
        field,
        value: value.to_owned(),
        flaw,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::*;
    use crate::service_manager::ServiceName;

    fn spec(program: &str, home: &str, arguments: &[&str]) -> ServiceSpec {
        ServiceSpec {
            name: ServiceName::parse("liaison").unwrap(),
            description: "liaison: keeps business systems in step".to_owned(),
            program: program.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
            home: home.into(),
            user: None,
        }
    }

    #[track_caller]
    fn value(unit: &str, key: &str) -> String {
        let prefix = format!("{key}=");
        let found: Vec<&str> = unit
            .lines()
            .filter_map(|line| line.strip_prefix(&prefix))
            .collect();
        assert_eq!(found.len(), 1, "{key} in:\n{unit}");
        found[0].to_owned()
    }

    #[test]
    fn the_machines_unit_reads_like_this() {
        let spec = spec(
            "/usr/local/bin/liaison",
            "/srv/liaison",
            &[
                "--home",
                "/srv/liaison",
                "serve",
                "--listen",
                "127.0.0.1:4180",
            ],
        );
        let expected = "\
# Written by `liaison service install`. Your own settings: `systemctl edit liaison`.
[Unit]
Description=liaison: keeps business systems in step
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=/usr/local/bin/liaison --home /srv/liaison serve --listen 127.0.0.1:4180
WorkingDirectory=/srv/liaison
User=sync
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=2
KillMode=mixed
KillSignal=SIGTERM
TimeoutStartSec=300
TimeoutStopSec=150
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
UMask=0077
ProtectSystem=strict
ProtectHome=read-only
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateDevices=yes
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
RestrictNamespaces=yes
RestrictSUIDSGID=yes
ReadWritePaths=/srv/liaison

[Install]
WantedBy=multi-user.target
";
        assert_eq!(
            render(&spec, Scope::System, Some("sync")).unwrap(),
            expected
        );
    }

    #[test]
    fn a_persons_unit_asks_for_nothing_that_only_the_machine_can_give() {
        let spec = spec("/home/bob/liaison", "/home/bob/data", &["serve"]);
        let unit = render(&spec, Scope::User, None).unwrap();
        for (key, _) in WALLS_OF_SYSTEM {
            assert!(!unit.contains(&format!("{key}=")), "{key} in:\n{unit}");
        }
        for key in ["ReadWritePaths", "User", "After", "Wants"] {
            assert!(!unit.contains(&format!("{key}=")), "{key} in:\n{unit}");
        }
        assert!(unit.contains("`systemctl --user edit liaison`"), "{unit}");
        assert_eq!(value(&unit, "NoNewPrivileges"), "yes");
        assert_eq!(value(&unit, "WantedBy"), "default.target");
    }

    #[test]
    fn a_word_is_quoted_where_systemd_would_read_something_else() {
        for (argument, written) in [
            ("serve", "serve"),
            ("--listen=[::1]:80", r#""--listen=[::1]:80""#),
            ("", r#""""#),
            ("two words", r#""two words""#),
            ("50%", r#""50%%""#),
            ("%h", r#""%%h""#),
            (r"C:\x", r#""C:\\x""#),
            (r"ends\", r#""ends\\""#),
            (r#"say "hi""#, r#""say \"hi\"""#),
            ("it's", r#""it's""#),
            ("$HOME", r#""$$HOME""#),
            ("${HOME}", r#""$${HOME}""#),
            (";", r#"";""#),
            ("#", r##""#""##),
            ("société", r#""société""#),
        ] {
            let spec = spec("/bin/liaison", "/srv", &[argument]);
            let unit = render(&spec, Scope::System, None).unwrap();
            let line = value(&unit, "ExecStart");
            assert_eq!(line, format!("/bin/liaison {written}"), "{argument}");
        }
    }

    #[test]
    fn every_setting_writes_a_path_in_its_own_way() {
        let hard = r#"/srv/100% "our" $ \data"#;
        let unit = render(&spec(hard, hard, &[]), Scope::System, None).unwrap();
        let quoted = r#""/srv/100%% \"our\" $ \\data""#;
        assert_eq!(value(&unit, "ExecStart"), quoted);
        assert_eq!(value(&unit, "ReadWritePaths"), quoted);
        assert_eq!(
            value(&unit, "WorkingDirectory"),
            r#"/srv/100%% "our" $ \data"#
        );
    }

    #[test]
    fn a_folders_last_character_is_not_lost() {
        for (home, written) in [("/srv/a ", "/srv/a /"), (r"/srv/a\", r"/srv/a\/")] {
            let unit = render(&spec("/bin/liaison", home, &[]), Scope::System, None).unwrap();
            assert_eq!(value(&unit, "WorkingDirectory"), written);
        }
    }

    #[test]
    fn what_no_unit_can_hold_is_refused_by_field() {
        use Field::{Argument, Description, Home, Program, User};
        let base = || spec("/bin/liaison", "/srv", &["serve"]);
        let not_unicode = OsString::from_vec(vec![b'/', 0xff]);
        let mut cases = Vec::new();
        for (field, value, flaw) in [
            (Program, OsString::from("liaison"), Flaw::RelativePath),
            (Program, OsString::from(""), Flaw::RelativePath),
            (
                Program,
                OsString::from("/a\nExecStartPre=/bin/rm"),
                Flaw::ControlCharacter,
            ),
            (Program, not_unicode.clone(), Flaw::NotUnicode),
            (Home, OsString::from("data"), Flaw::RelativePath),
            (Home, OsString::from("/a\tb"), Flaw::ControlCharacter),
            (Home, not_unicode.clone(), Flaw::NotUnicode),
            (Argument, OsString::from("a\0"), Flaw::ControlCharacter),
            (Argument, not_unicode, Flaw::NotUnicode),
            (Description, OsString::from("  "), Flaw::Empty),
            (
                Description,
                OsString::from("a\r\nUser=root"),
                Flaw::ControlCharacter,
            ),
            (Description, OsString::from(r"a\"), Flaw::EndsInBackslash),
        ] {
            let mut spec = base();
            match field {
                Program => spec.program = value.into(),
                Home => spec.home = value.into(),
                Argument => spec.arguments.push(value),
                Description => spec.description = value.into_string().unwrap(),
                User => unreachable!("below"),
            }
            cases.push((render(&spec, Scope::System, None), field, flaw));
        }
        for (user, flaw) in [
            ("", Flaw::Empty),
            ("-x", Flaw::NotAUser),
            ("a b", Flaw::NotAUser),
            ("a/b", Flaw::NotAUser),
            ("%i", Flaw::NotAUser),
            ("a\nb", Flaw::NotAUser),
        ] {
            cases.push((render(&base(), Scope::System, Some(user)), User, flaw));
        }
        for (rendered, field, flaw) in cases {
            match rendered {
                Err(ServiceError::InvalidValue {
                    field: at,
                    flaw: why,
                    ..
                }) => assert_eq!((at, why), (field, flaw)),
                other => panic!("{field:?} {flaw:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn differences_are_the_lines_of_one_side() {
        let line = |installed: Option<&str>, wanted: Option<&str>| Difference {
            installed: installed.map(str::to_owned),
            wanted: wanted.map(str::to_owned),
        };
        assert_eq!(differences("a\nb\n", "a\nb\n"), []);
        assert_eq!(
            differences("a\nb\nc\n", "a\nB\nc\nd\n"),
            [
                line(Some("b"), None),
                line(None, Some("B")),
                line(None, Some("d"))
            ]
        );
        assert_eq!(
            differences("a\nb\n", "b\na\n"),
            [line(Some("a\nb\n"), Some("b\na\n"))]
        );
    }
}
