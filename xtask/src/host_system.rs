//! The few questions whose answer differs between Unix and Windows.
//!
//! The rest of this crate asks here and stays the same on both.

use std::path::PathBuf;
use std::process::Command;

/// May packages be installed without asking? Windows has no such user for our purposes.
pub fn is_root() -> bool {
    cfg!(unix)
        && Command::new("id")
            .arg("-u")
            .output()
            .is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

/// Finds a program on the PATH, following links, so that a dangling one does not count.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// How a person sets an environment variable in the shell this system usually has.
pub fn export(name: &str, value: &str) -> String {
    if cfg!(windows) {
        format!("$env:{name} = \"{value}\"")
    } else {
        format!("export {name}={value}")
    }
}
