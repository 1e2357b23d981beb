//! The command line: arguments in, a typed request out, its answer printed.
//!
//! Results go to stdout, everything else to stderr. `--json` gives one object.
//!
//! Invariant: this is the only module that prints.

mod arguments;
mod csv_file;
mod log;
mod progress;
mod request;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::catalogue::Catalogue;
use crate::control::kit::KitWish;
use crate::control::shipping::Consent;
use crate::control::vendor::Language;
use crate::control::{self, Anew, Control, ControlError, Request, vendor};
use crate::model::Text;
use crate::render;
use crate::serve::Told;
use crate::serve::client::{self, Client, Heard};
use crate::service_manager;
use arguments::{Arguments, Command, ConnectorCommand};
use csv_file::CsvFile;
use request::request;

/// Stopped by a person, as shells count it.
const STOPPED: u8 = 130;

/// Set to true when the service is to end.
type Stop = tokio::sync::watch::Sender<bool>;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    crate::store::sled::hush_panics();
    let arguments = Arguments::parse();
    let words = Catalogue::new(&arguments.lang.as_deref().unwrap_or("en").to_lowercase());
    let stop = Stop::new(false);
    let code = match &arguments.command {
        Command::Serve {
            as_service: Some(name),
            ..
        } => {
            let (name, ending, words) = (name.clone(), stop.clone(), words.clone());
            let complaint = words.clone();
            let json = arguments.json;
            // Nobody listens where it has ended already.
            let end = move || {
                let _ = ending.send(true);
            };
            service_manager::run_as_service(&name, end, move || main_as(arguments, words, stop))
                .unwrap_or_else(|error| fail(&error.into(), &complaint, json))
        }
        _ => main_as(arguments, words, stop),
    };
    ExitCode::from(code)
}

fn main_as(arguments: Arguments, words: Catalogue, stop: Stop) -> u8 {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(cause) => {
            let cause = cause.to_string();
            complain(&words, "output-no-threads", &[("cause", &cause)]);
            return 3;
        }
    };
    runtime.block_on(run(arguments, words, stop))
}

async fn run(arguments: Arguments, words: Catalogue, stop: Stop) -> u8 {
    log::begin(&arguments);
    let unread = log::is_in_files(&arguments);
    let lang = arguments.lang.as_ref().map(|lang| lang.to_lowercase());
    match arguments.command {
        Command::Init { new_key, new_store } => {
            let anew = Anew {
                key: new_key,
                store: new_store,
            };
            return init(&arguments.home, anew, arguments.json, &words);
        }
        Command::Connector(ConnectorCommand::New { name, lang, dir }) => {
            let lang = Language::parse(&lang).expect("only such words pass");
            // Here --lang is the connector's; the person's own may stand in the environment.
            let spoken = std::env::var("LIAISON_LANG").unwrap_or_default();
            let words = Catalogue::new(&spoken.to_lowercase());
            let made = vendor::new(&name, lang, &dir);
            return without_home(made, arguments.json, &words, render::vendor::new);
        }
        Command::Connector(ConnectorCommand::Build {
            project,
            out,
            tools,
        }) => {
            let built = vendor::build(&project, out.as_deref(), tools.as_deref());
            return without_home(built, arguments.json, &words, render::vendor::built);
        }
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command, "liaison", &mut script);
            return print(&script, 0, &words);
        }
        #[cfg(feature = "fault-injection")]
        Command::CrashPoints => {
            let names = crate::engine::crash_point::names().join("\n") + "\n";
            return print(names.as_bytes(), 0, &words);
        }
        Command::CompileComponent { input, output } => {
            return match crate::connector::compile_component_main(&input, &output) {
                Ok(()) => 0,
                // The parent process reads this, and says it in its own words.
                Err(error) => {
                    eprintln!("{error}");
                    2
                }
            };
        }
        Command::Connector(ConnectorCommand::Replay { tape, component }) => {
            let home = &arguments.home;
            let replayed = control::tapes::replay(&tape, component.as_deref(), home).await;
            return tell(replayed, &words, arguments.json);
        }
        Command::Connector(ConnectorCommand::Test(wanted)) => {
            let wish = KitWish {
                file: wanted.file,
                settings: wanted.settings,
                server: wanted.server,
                tapes: wanted.tape,
                only: wanted.only,
                junit: wanted.junit,
            };
            let tested = control::kit::test(wish, &arguments.home).await;
            return tell(tested, &words, arguments.json);
        }
        _ => {}
    }
    let json = arguments.json;
    let control = match Control::open(&arguments.home, lang.as_deref()) {
        Ok(control) => control,
        Err(error) => {
            if unread {
                log::keep(&error, &words);
            }
            return fail(&error, &words, json);
        }
    };
    let words = Catalogue::new(control.lang());
    if let Command::Serve { listen, .. } = arguments.command {
        let Err(error) = serve(control, listen, stop, &words).await else {
            return 0;
        };
        if unread {
            log::keep(&error, &words);
        }
        return fail(&error, &words, json);
    }
    let file = CsvFile::of(&arguments.command);
    if let Some(Err(error)) = file.as_ref().map(CsvFile::may_be_written) {
        return fail(&error, &words, json);
    }
    let request = match request(arguments.command, &words) {
        Ok(request) => request,
        Err(error) => return fail(&error, &words, json),
    };
    let second = after_a_yes(&request);
    let (exit, agreed) = carry_out(&control, request, file, &words, json).await;
    let Some(mut second) = second.filter(|_| exit == 0 && !json) else {
        return exit;
    };
    if let Some(consent) = consent_of(&mut second) {
        let Some(agreed) = agreed else {
            // There was nothing to agree to.
            return exit;
        };
        if !std::io::stdin().is_terminal() {
            return fail(&nobody_to_ask(), &words, json);
        }
        consent.agreed = Some(agreed);
    }
    match std::io::stdin().is_terminal() && says_yes(&words) {
        true => carry_out(&control, second, None, &words, json).await.0,
        false => exit,
    }
}

fn consent_of(request: &mut Request) -> Option<&mut Consent> {
    match request {
        Request::ConnectorInstall { consent, .. } | Request::ConnectorUpgrade { consent, .. } => {
            Some(consent)
        }
        _ => None,
    }
}

fn nobody_to_ask() -> ControlError {
    let english = "nothing was changed: there is no terminal at which to ask you";
    ControlError::command("nobody-to-ask", vec![], english).hint(
        "nobody-to-ask",
        vec![],
        "in a script say --yes, once what stands above is what you want",
    )
}

/// Who says yes has seen all of it.
fn to_all_that_was_shown(consent: &Consent) -> Consent {
    Consent {
        yes: true,
        permissions: true,
        findings: true,
        ..consent.clone()
    }
}

/// What is shown first is done once a person has said yes.
fn after_a_yes(request: &Request) -> Option<Request> {
    match request {
        Request::Reset { flow, hard, apply } => (!apply).then(|| Request::Reset {
            flow: flow.clone(),
            hard: *hard,
            apply: true,
        }),
        Request::ConnectorInstall { source, consent } => {
            (!consent.yes).then(|| Request::ConnectorInstall {
                source: source.clone(),
                consent: to_all_that_was_shown(consent),
            })
        }
        Request::ConnectorUpgrade {
            name,
            source,
            consent,
        } => (!consent.yes).then(|| Request::ConnectorUpgrade {
            name: name.clone(),
            source: source.clone(),
            consent: to_all_that_was_shown(consent),
        }),
        _ => None,
    }
}

fn says_yes(words: &Catalogue) -> bool {
    eprint!("{} ", words.say("ask-go-on", &[]));
    let mut typed = String::new();
    let heard = std::io::stdin().read_line(&mut typed);
    let first = typed.trim().to_lowercase();
    heard.is_ok() && ["y", "yes", "o", "oui"].contains(&first.as_str())
}

/// Answers the exit code, and what a person agrees to who says yes to what was shown.
async fn carry_out(
    control: &Control,
    request: Request,
    file: Option<CsvFile>,
    words: &Catalogue,
    json: bool,
) -> (u8, Option<String>) {
    let observer = progress::observer(!json && std::io::stderr().is_terminal(), words.lang());
    if client::needs_store(&request)
        && let Some(service) = Client::find(control.home()).await
    {
        let asked = service.ask(&request, control.lang(), json, |heard| match heard {
            Heard::Progress(words) => observer.heard(words),
            Heard::Said(words) => observer.told(words),
        });
        let reply = asked.await;
        observer.finish();
        return match reply {
            Ok(reply) => {
                if let Err(error) = keep(file, reply.csv.as_deref()) {
                    return (fail(&error, words, json), None);
                }
                eprint!("{}", reply.err);
                (print(reply.out.as_bytes(), reply.exit, words), reply.agree)
            }
            Err(error) => (fail(&error, words, json), None),
        };
    }
    let may_finish = matches!(request, Request::Run { .. });
    let asked = control.answer(request, observer.clone());
    tokio::pin!(asked);
    let mut answer = tokio::select! {
        answer = &mut asked => Some(answer),
        () = stopped() => None,
    };
    let was_stopped = answer.is_none();
    if was_stopped && may_finish {
        // What is in hand is finished, unless a second signal says otherwise.
        control.stop();
        observer.heard(&control.words().say("service-stops", &[]));
        answer = tokio::select! {
            answer = &mut asked => Some(answer),
            () = stopped() => None,
        };
    }
    let Some(answer) = answer else {
        observer.finish();
        complain(&control.words(), "output-stopped", &[]);
        return (STOPPED, None);
    };
    observer.finish();
    let words = control.words();
    match answer {
        Ok(answer) => {
            if let Err(error) = keep(file, render::csv(&answer)) {
                return (fail(&error, &words, json), None);
            }
            let text = if json {
                render::json(&answer)
            } else {
                render::text(&answer, &words)
            };
            let exit = match was_stopped {
                true => STOPPED,
                false => render::exit_code(&answer),
            };
            (print(text.as_bytes(), exit, &words), render::agree(&answer))
        }
        Err(error) => (fail(&error, &words, json), None),
    }
}

/// The answer of a command that needs no installation.
fn tell(answer: Result<control::Answer, ControlError>, words: &Catalogue, json: bool) -> u8 {
    match answer {
        Ok(answer) => {
            let text = match json {
                true => render::json(&answer),
                false => render::text(&answer, words),
            };
            print(text.as_bytes(), render::exit_code(&answer), words)
        }
        Err(error) => fail(&error, words, json),
    }
}

/// What the answer has for a file goes there before it is told.
fn keep(file: Option<CsvFile>, csv: Option<&str>) -> Result<(), ControlError> {
    match (file, csv) {
        (Some(file), Some(csv)) => file.write(csv),
        _ => Ok(()),
    }
}

/// Serves until Ctrl-C or a service manager ends it.
async fn serve(
    control: Control,
    listen: std::net::SocketAddr,
    stop: Stop,
    words: &Catalogue,
) -> Result<(), ControlError> {
    struct Aloud(Catalogue);
    impl Told for Aloud {
        fn say(&self, words: &Text) {
            let words = self.0.text(words);
            eprintln!("{words}");
            // Where nobody reads stderr.
            tracing::info!("{words}");
        }
    }
    let stopping = stop.subscribe();
    let stop = stop.clone();
    tokio::spawn(async move {
        stopped().await;
        // Nobody listens where it has ended already.
        let _ = stop.send(true);
        // A second one is meant.
        stopped().await;
        std::process::exit(i32::from(STOPPED));
    });
    let told = std::sync::Arc::new(Aloud(words.clone()));
    crate::serve::serve(control, listen, stopping, told).await
}

/// Ctrl-C, or what a service manager sends.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => return,
                heard = tokio::signal::ctrl_c() => if heard.is_ok() { return },
            }
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_ok() {
        return;
    }
    // Nothing can be heard here: then nobody stops us but by force.
    std::future::pending().await
}

/// Writes to stdout. A closed pipe is the reader's wish; a full disk is not.
fn print(bytes: &[u8], exit: u8, words: &Catalogue) -> u8 {
    let mut out = std::io::stdout();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => exit,
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => exit,
        Err(cause) => {
            let cause = cause.to_string();
            complain(words, "output-unwritable", &[("cause", &cause)]);
            3
        }
    }
}

/// An error that comes before or after all answers.
fn complain(words: &Catalogue, key: &str, args: &[(&str, &str)]) {
    eprintln!("{} {}", words.say("label-error", &[]), words.say(key, args));
}

fn init(home: &std::path::Path, anew: Anew, json: bool, words: &Catalogue) -> u8 {
    let made = match control::init(home, words.lang(), anew) {
        Ok(made) => made,
        Err(error) => return fail(&error, words, json),
    };
    let home = std::path::absolute(home).unwrap_or_else(|_| home.to_owned());
    let text = match json {
        true => render::init_json(&home, made),
        false => render::init(&home, made, words),
    };
    print(text.as_bytes(), 0, words)
}

/// The answer of a command that needs no installation.
fn without_home<T: serde::Serialize>(
    answer: Result<T, ControlError>,
    json: bool,
    words: &Catalogue,
    text: impl FnOnce(&T, &Catalogue) -> String,
) -> u8 {
    match answer {
        Ok(answer) => {
            let text = match json {
                true => render::vendor::json(&answer),
                false => text(&answer, words),
            };
            print(text.as_bytes(), 0, words)
        }
        Err(error) => fail(&error, words, json),
    }
}

fn fail(error: &ControlError, words: &Catalogue, json: bool) -> u8 {
    if json {
        print!("{}", render::error_json(error));
    } else {
        eprint!("{}", render::error(error, words));
    }
    error.exit_code()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
