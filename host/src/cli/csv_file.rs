//! The file of `link match`, which a person edits: read and written by the process of who types the
//! command, never by a service, which may write nowhere else than into its installation.

use std::path::{Path, PathBuf};

use super::arguments::{Command, LinkCommand};
use crate::control::{ControlError, Doing};
use crate::owner_only;
use crate::serve::client::absolute;

/// A file that a command writes when its answer is there.
#[derive(Debug, PartialEq)]
pub struct CsvFile {
    path: PathBuf,
    /// Over one that is there.
    replace: bool,
}

impl CsvFile {
    /// The file that this command writes, if it does.
    pub fn of(command: &Command) -> Option<Self> {
        match command {
            Command::Link(LinkCommand::Match {
                flow,
                csv,
                apply: false,
                replace,
            }) => Some(Self {
                path: place(csv.clone(), flow.flow.as_str()),
                replace: *replace,
            }),
            _ => None,
        }
    }

    /// Asked before the long work begins: nobody's edits are written over, and the folder takes files.
    pub fn may_be_written(&self) -> Result<(), ControlError> {
        if self.path.exists() && !self.replace {
            return Err(self.is_there());
        }
        let beside = self
            .path
            .with_extension(format!("{}.try", std::process::id()));
        owner_only::create(&beside, b"")
            .and_then(|()| std::fs::remove_file(&beside))
            .map_err(|cause| ControlError::io(Doing::Write, &self.path, cause))
    }

    pub fn write(&self, csv: &str) -> Result<(), ControlError> {
        let written = match self.replace {
            true => owner_only::replace(&self.path, csv.as_bytes()),
            false => owner_only::create(&self.path, csv.as_bytes()),
        };
        written.map_err(|cause| match cause.kind() {
            // Somebody made it meanwhile.
            std::io::ErrorKind::AlreadyExists => self.is_there(),
            _ => ControlError::io(Doing::Write, &self.path, cause),
        })
    }

    fn is_there(&self) -> ControlError {
        let file = self.path.display().to_string();
        let english = format!("{file} is there already, and somebody may have edited it");
        ControlError::command("match-file", vec![("file", file)], english).hint(
            "match-file",
            vec![],
            "`--apply` links what it says; `--replace` writes it anew; `--csv` names another",
        )
    }
}

/// Where the file of a flow lies: in the folder where the command is typed, unless another is named.
pub fn place(named: Option<PathBuf>, flow: &str) -> PathBuf {
    absolute(named.unwrap_or_else(|| format!("{}-match.csv", flow.replace('/', "-")).into()))
}

/// The text of a CSV file.
pub fn read(path: &Path) -> Result<String, ControlError> {
    let bytes = std::fs::read(path).map_err(|cause| ControlError::io(Doing::Read, path, cause))?;
    String::from_utf8(bytes).map_err(|wrong| {
        let right = &wrong.as_bytes()[..wrong.utf8_error().valid_up_to()];
        let line = 1 + right.iter().filter(|byte| **byte == b'\n').count();
        let (file, line) = (path.display().to_string(), line.to_string());
        let english = format!("line {line} of {file} is not UTF-8");
        ControlError::command(
            "csv-encoding",
            vec![("line", line), ("file", file)],
            english,
        )
        .hint(
            "csv-encoding",
            vec![],
            "nothing was stored; save the file in the spreadsheet as `CSV UTF-8`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, replace: bool) -> CsvFile {
        CsvFile {
            path: folder.join("customers-match.csv"),
            replace,
        }
    }

    #[test]
    fn what_somebody_may_have_edited_is_written_over_only_when_that_is_meant() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (new, anew) = (file(folder.path(), false), file(folder.path(), true));
        new.may_be_written().expect("nothing is there");
        assert!(!new.path.exists(), "asking leaves nothing behind");
        assert_eq!(std::fs::read_dir(folder.path()).expect("it").count(), 0);
        new.write("one").expect("nothing is there");
        assert_eq!(new.may_be_written().unwrap_err().code, "match-file");
        assert_eq!(new.write("two").unwrap_err().code, "match-file");
        assert_eq!(read(&new.path).expect("it is there"), "one");
        anew.may_be_written().expect("it is meant");
        anew.write("three").expect("it is meant");
        assert_eq!(read(&new.path).expect("it is there"), "three");
        let nowhere = file(&folder.path().join("nowhere"), false);
        assert_eq!(nowhere.may_be_written().unwrap_err().code, "io");
    }

    #[test]
    fn another_encoding_is_told_with_its_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("links.csv");
        std::fs::write(&path, b"source,target\n1,\xe9\n").expect("it can be written");
        let error = read(&path).unwrap_err();
        assert_eq!((error.code, error.exit_code()), ("csv-encoding", 2));
        assert!(error.message.fallback.starts_with("line 2 of "));
    }
}
