//! What the machine's service manager says.

use super::{Blame, ControlError};
use crate::model::text::words;
use crate::model::{Text, Word};
use crate::service_manager::{Difference, Doing, Failure, Field, Flaw, ServiceError};

/// Lines of a journal that are shown with a start that failed.
const JOURNAL_LINES_MAX: usize = 8;

impl From<ServiceError> for ControlError {
    fn from(error: ServiceError) -> Self {
        let message = text(&error);
        let command = |code| Self::new(code, Blame::Command, message.clone());
        let machine = |code| Self::new(code, Blame::Surroundings, message.clone());
        match error {
            ServiceError::InvalidName { .. } => command("service-value").hint(
                "service-name",
                vec![],
                "give another one with --name",
            ),
            ServiceError::InvalidValue { .. } => command("service-value").hint(
                "service-value",
                vec![],
                "give another one: --home names the folder and --user the user, and the program is the one that \
                 this command runs",
            ),
            ServiceError::Missing { .. } => command("service-missing").hint(
                "service-missing",
                vec![],
                "the service needs it to stay where it is: run `liaison service install` with the program and the \
                 --home that will stay",
            ),
            ServiceError::ManagerMissing { .. } | ServiceError::ManagerNotRunning { .. } => {
                machine("service-no-manager").hint(
                    "service-no-manager",
                    vec![],
                    "have whatever starts programs here run `liaison serve`",
                )
            }
            ServiceError::NeedsAdministrator { said, .. } => {
                said_by(machine("service-rights"), said).hint(
                    "service-rights",
                    vec![],
                    "run it again with sudo, on Windows in a console opened as administrator",
                )
            }
            ServiceError::NotInstalled { .. } => command("service-not-installed").hint(
                "service-not-installed",
                vec![],
                "`liaison service install` registers it",
            ),
            ServiceError::Differs { differences, .. } => {
                let shown = differences.iter().flat_map(sides);
                shown
                    .fold(command("service-differs"), Self::cause)
                    .hint(
                        "service-differs",
                        vec![],
                        "`liaison service install --replace` puts the new settings in their place",
                    )
            }
            ServiceError::NotOurs { .. } => command("service-not-ours").hint(
                "service-not-ours",
                vec![],
                "choose another name with --name",
            ),
            ServiceError::AccountNeedsPassword { .. } => command("service-password").hint(
                "service-password",
                vec![],
                "give an account without one, such as `NT AUTHORITY\\LocalService`; or set account and \
                 password in the list of services afterwards",
            ),
            ServiceError::NotStartedByManager => command("service-typed"),
            ServiceError::File { cause, .. } => machine("service-file")
                .cause(Text::plain(cause.to_string()))
                .hint(
                    "service-file",
                    vec![],
                    "see that the folder is there, that this user may write into it and that the disk is not \
                     full; then do it again",
                ),
            ServiceError::Refused { said, .. } => {
                said_by(machine("service-refused"), said).hint(
                    "service-refused",
                    vec![],
                    "the reason is the service manager's own: mend what it says, or ask its journal \
                     (`journalctl -xe`, on Windows the event viewer), then do it again",
                )
            }
            ServiceError::StartFailed { journal, .. } => {
                let from = journal.len().saturating_sub(JOURNAL_LINES_MAX);
                let last = journal.into_iter().skip(from).map(Text::plain);
                last.fold(machine("service-start-failed"), Self::cause)
                    .hint(
                        "service-start-failed",
                        vec![],
                        "mend what it last said (on Windows in the newest file in data/log; `liaison serve` says it \
                         in a console), then `liaison service start`",
                    )
            }
            ServiceError::TookTooLong { .. } => machine("service-slow").hint(
                "service-slow",
                vec![],
                "`liaison service status` says how it goes on",
            ),
        }
    }
}

fn said_by(error: ControlError, said: String) -> ControlError {
    match said.is_empty() {
        true => error,
        false => error.cause(Text::plain(said)),
    }
}

fn sides(difference: &Difference) -> Vec<Text> {
    let mut lines = Vec::new();
    if let Some(installed) = &difference.installed {
        let line = words!(
            "service-line-installed",
            "registered: {line}",
            line = installed
        );
        lines.push(line);
    }
    if let Some(wanted) = &difference.wanted {
        lines.push(words!(
            "service-line-wanted",
            "wanted: {line}",
            line = wanted
        ));
    }
    lines
}

fn text(error: &ServiceError) -> Text {
    match error {
        ServiceError::InvalidName { name } => words!(
            "error-service-name",
            "`{name}` cannot be the name of a service: letters, digits, `-`, `_` and `.`, at most 80",
            name = name
        ),
        ServiceError::InvalidValue { field, value, flaw } => words!(
            "error-service-value",
            "the service cannot be registered with {field} `{value}`: {flaw}",
            value = value;
            field = field_word(*field),
            flaw = flaw_word(*flaw)
        ),
        ServiceError::Missing { field, path } => words!(
            "error-service-missing",
            "{field} is not there: {path}",
            path = path.display();
            field = field_word(*field)
        ),
        ServiceError::ManagerMissing { program } => words!(
            "error-service-no-manager",
            "this machine has no service manager that liaison knows: `{program}` is not here",
            program = program.display()
        ),
        ServiceError::ManagerNotRunning { evidence } => words!(
            "error-service-manager-down",
            "the service manager of this machine does not run: {evidence}",
            evidence = evidence
        ),
        ServiceError::NeedsAdministrator { doing, .. } => words!(
            "error-service-rights",
            "only an administrator can {doing} it";
            doing = doing_word(*doing)
        ),
        ServiceError::NotInstalled { name } => words!(
            "error-service-not-installed",
            "there is no service `{name}`",
            name = name
        ),
        ServiceError::Differs { place, .. } => words!(
            "error-service-differs",
            "a service of that name is registered with other settings: {place}",
            place = place
        ),
        ServiceError::NotOurs { place } => words!(
            "error-service-not-ours",
            "{place} was not made by liaison and is left alone",
            place = place
        ),
        ServiceError::AccountNeedsPassword { user } => words!(
            "error-service-password",
            "the account `{user}` needs a password, which is not kept here",
            user = user
        ),
        ServiceError::NotStartedByManager => words!(
            "error-service-typed",
            "--as-service is for the service manager; type `liaison serve`"
        ),
        ServiceError::File { doing, path, .. } => words!(
            "error-service-file",
            "could not {doing} the service: {path}",
            path = path.display();
            doing = doing_word(*doing)
        ),
        ServiceError::Refused { doing, command, .. } => words!(
            "error-service-refused",
            "could not {doing} the service: `{command}` refuses",
            command = command;
            doing = doing_word(*doing)
        ),
        ServiceError::StartFailed { name, failure, .. } => start_failed(name.as_str(), failure),
        ServiceError::TookTooLong {
            doing,
            name,
            seconds,
        } => words!(
            "error-service-slow",
            "it took longer than {seconds} s to {doing} service `{name}`",
            seconds = seconds,
            name = name;
            doing = doing_word(*doing)
        ),
    }
}

/// systemd's own exit codes say what it could not even begin.
fn start_failed(name: &str, failure: &Failure) -> Text {
    let why = match failure.exit {
        Some(2) => Word::new(
            "service-exit-2",
            "the command or a file of its installation is wrong",
        )
        .into(),
        Some(200) => Word::new("service-exit-200", "its folder cannot be entered").into(),
        Some(203) => Word::new("service-exit-203", "its program cannot be executed").into(),
        Some(217) => Word::new("service-exit-217", "there is no such user").into(),
        Some(226) => Word::new(
            "service-exit-226",
            "a folder that it needs is missing, or this machine cannot shut it off from the others",
        )
        .into(),
        Some(code) => Text::plain(format!("{} {code}", failure.result)),
        None => Text::plain(failure.result.clone()),
    };
    words!(
        "error-service-start-failed",
        "service `{name}` started and ended: {why}",
        name = name;
        why = why
    )
}

fn doing_word(doing: Doing) -> Word {
    match doing {
        Doing::Install => Word::new("service-doing-install", "register"),
        Doing::Uninstall => Word::new("service-doing-uninstall", "take out"),
        Doing::Start => Word::new("service-doing-start", "start"),
        Doing::Stop => Word::new("service-doing-stop", "stop"),
        Doing::Status => Word::new("service-doing-status", "look at"),
        Doing::Serve => Word::new("service-doing-serve", "be"),
    }
}

fn field_word(field: Field) -> Word {
    match field {
        Field::Description => Word::new("service-field-description", "the description"),
        Field::Program => Word::new("service-field-program", "the program"),
        Field::Argument => Word::new("service-field-argument", "the argument"),
        Field::Home => Word::new("service-field-home", "the installation's folder"),
        Field::User => Word::new("service-field-user", "the user"),
    }
}

fn flaw_word(flaw: Flaw) -> Word {
    match flaw {
        Flaw::Empty => Word::new("service-flaw-empty", "it is empty"),
        Flaw::RelativePath => Word::new("service-flaw-relative", "it is no whole path"),
        Flaw::ControlCharacter => Word::new("service-flaw-control", "it holds a control character"),
        Flaw::NotUnicode => Word::new("service-flaw-unicode", "it is not Unicode"),
        Flaw::EndsInBackslash => Word::new("service-flaw-backslash", "it ends in a backslash"),
        Flaw::NotAUser => Word::new("service-flaw-user", "that is no name of a user"),
    }
}
