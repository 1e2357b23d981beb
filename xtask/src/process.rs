//! Runs other programs: shown as typed, waited for, and reported in one sentence when they fail.
//!
//! Invariant: no shell is involved, so nothing needs quoting and Windows behaves the same.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// What cargo tells a program that it runs of that program's package.
const OF_OUR_PACKAGE: [&str; 3] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];

/// The cargo that runs us, which is the one the host is built with.
///
/// It does not hear what was told of our own package: build scripts look at that (ring's does), and half of everything
/// would be compiled anew whenever somebody builds with us and then without us.
pub fn cargo(what: &str) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(what);
    for (name, _) in std::env::vars_os() {
        let told = name.to_str().is_some_and(|name| {
            let mut prefixes = OF_OUR_PACKAGE.iter();
            prefixes.any(|prefix| name.starts_with(prefix))
        });
        if told {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// On Windows npm is a script that only its full name finds.
pub fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// Shows the command, runs it with our own output, and wants success.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", typed(command));
    let status = command
        .status()
        .with_context(|| format!("could not start `{}`", program(command)))?;
    ensure!(status.success(), "`{}` ended with {status}", line(command));
    Ok(())
}

/// Like `run`, for what may hang: after `limit` the program is killed.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    println!("$ {}", typed(command));
    let mut child = command
        .spawn()
        .with_context(|| format!("could not start `{}`", program(command)))?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "`{}` ended with {status}", line(command));
            return Ok(());
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!(
                "`{}` was stopped after {} s",
                line(command),
                limit.as_secs()
            );
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What the program prints, for programs that only answer a question.
pub fn output_of(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("could not start `{}`", program(command)))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "`{}` ended with {}: {}",
        line(command),
        output.status,
        said.trim()
    );
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` did not print text", line(command)))
}

/// Does the program run and end well? Its output is thrown away.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// The command line as a person would type it, with the variables we set before it.
pub fn typed(command: &Command) -> String {
    let set = command
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let set =
        set.map(|(name, value)| format!("{}={} ", name.to_string_lossy(), value.to_string_lossy()));
    set.chain([line(command)]).collect()
}

/// Program and arguments; an argument with a space is put in quotes.
fn line(command: &Command) -> String {
    let mut words = vec![program(command)];
    words.extend(command.get_args().map(|argument| {
        let text = argument.to_string_lossy();
        if text.is_empty() || text.contains([' ', '\'', '*']) {
            format!("\"{text}\"")
        } else {
            text.into_owned()
        }
    }));
    words.join(" ")
}

/// The cargo that runs us is just `cargo` to a person.
fn program(command: &Command) -> String {
    let program = command.get_program();
    if std::env::var_os("CARGO").is_some_and(|cargo| cargo == program) {
        return "cargo".to_owned();
    }
    program.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_so_that_it_can_be_typed_again() {
        let mut command = Command::new("liaison");
        command
            .args(["secret", "set", "two words"])
            .env("LIAISON_HOME", "there")
            .env_remove("CARGO");
        assert_eq!(
            typed(&command),
            "LIAISON_HOME=there liaison secret set \"two words\""
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_stopped() {
        let error =
            run_within(Command::new("sleep").arg("60"), Duration::from_millis(50)).unwrap_err();
        assert!(
            error.to_string().starts_with("`sleep 60` was stopped"),
            "{error}"
        );
    }
}
