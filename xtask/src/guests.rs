//! `cargo xtask guests`: connectors, from crates in plugins/ to components in target/connectors/.
//!
//! They share one target directory, so that the standard library and the SDK are built once. Each has a
//! cargo call of its own, because only `cargo rustc` can be told to make the module alone: a crate that
//! is a library too, for native tests, would lose link-time optimisation and be half as large again.
//! Cargo knows what is up to date among modules; for components we keep the digests of what each was
//! made from and of what came out, since a date says nothing after a checkout or an interrupted copy.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::component::Component;
use crate::process;
use crate::repository::{GUESTS, GuestWorkspace};
use crate::toolchain::{TARGET, Toolchain};

/// One connector crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Connector {
    /// The package's name, which is also the component's.
    name: String,
    folder: String,
}

/// Builds the named connectors and test guests, or all.
pub fn build(toolchain: &Toolchain, names: &[String]) -> Result<()> {
    let mut found = Vec::new();
    for workspace in &GUESTS {
        found.push(find(Path::new(workspace.folder))?);
    }
    let chosen = select(found.concat(), names)?;
    for (workspace, connectors) in GUESTS.iter().zip(found) {
        let ours: Vec<Connector> = connectors
            .into_iter()
            .filter(|connector| chosen.contains(connector))
            .collect();
        build_workspace(toolchain, workspace, &ours)?;
    }
    Ok(())
}

fn build_workspace(
    toolchain: &Toolchain,
    workspace: &GuestWorkspace,
    connectors: &[Connector],
) -> Result<()> {
    let components = Path::new(workspace.components);
    fs::create_dir_all(components)?;
    let manifest = format!("{}/Cargo.toml", workspace.folder);
    let modules = Path::new(workspace.target).join(TARGET).join("release");
    for connector in connectors {
        let mut cargo = toolchain.cargo_rustc();
        cargo.args([
            "--release",
            "--manifest-path",
            &manifest,
            "--target-dir",
            workspace.target,
        ]);
        cargo.args([
            "--package",
            &connector.name,
            "--lib",
            "--crate-type",
            "cdylib",
        ]);
        process::run(&mut cargo)
            .with_context(|| format!("connector `{}` does not compile", connector.name))?;
        let made = make_component(&connector.name, &modules, components).with_context(|| {
            format!("connector `{}` does not become a component", connector.name)
        })?;
        println!("connectors: {}", made.line(&connector.name));
    }
    Ok(())
}

/// Every crate in the folder that says it is a connector, by name.
fn find(plugins: &Path) -> Result<Vec<Connector>> {
    let mut connectors = Vec::new();
    for entry in
        fs::read_dir(plugins).with_context(|| format!("no folder {}", plugins.display()))?
    {
        let folder = entry?;
        let manifest = folder.path().join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&manifest) else {
            continue;
        };
        let read = || format!("cannot read {}", manifest.display());
        if let Some(name) = connector_name(&text).with_context(read)? {
            connectors.push(Connector {
                name,
                folder: folder.file_name().to_string_lossy().into_owned(),
            });
        }
    }
    connectors.sort();
    Ok(connectors)
}

/// The package's name when its manifest says `[package.metadata.liaison] connector = true`.
fn connector_name(manifest: &str) -> Result<Option<String>> {
    let manifest: toml::Table = manifest.parse()?;
    let package = manifest.get("package");
    let flag = package.and_then(|p| {
        p.get("metadata")?
            .get("liaison")?
            .get("connector")?
            .as_bool()
    });
    if flag != Some(true) {
        return Ok(None);
    }
    let name = package
        .and_then(|p| p.get("name")?.as_str())
        .context("`package.name` is missing")?;
    Ok(Some(name.to_owned()))
}

fn select(connectors: Vec<Connector>, names: &[String]) -> Result<Vec<Connector>> {
    let known = connectors
        .iter()
        .map(|c| c.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let fits =
        |connector: &Connector, name: &String| connector.name == *name || connector.folder == *name;
    if let Some(unknown) = names
        .iter()
        .find(|name| !connectors.iter().any(|c| fits(c, name)))
    {
        bail!("there is no connector `{unknown}`\n  hint: there is {known}");
    }
    Ok(connectors
        .into_iter()
        .filter(|c| names.is_empty() || names.iter().any(|name| fits(c, name)))
        .collect())
}

/// What became of one connector.
struct Made {
    path: PathBuf,
    size: usize,
    how: How,
}

enum How {
    UpToDate,
    New { imports: Vec<String> },
}

impl Made {
    fn line(&self, name: &str) -> String {
        let what = match &self.how {
            How::UpToDate => "up to date".to_owned(),
            How::New { imports } => format!("new, imports {}", packages(imports)),
        };
        format!(
            "{name:<20} {:>6} KiB  {}  {what}",
            self.size.div_ceil(1024),
            self.path.display()
        )
    }
}

fn make_component(name: &str, modules: &Path, connectors: &Path) -> Result<Made> {
    let module = modules.join(format!("{}.wasm", name.replace('-', "_")));
    let bytes = fs::read(&module).with_context(|| {
        format!(
            "cargo made no {}: is the library named like its package?",
            module.display()
        )
    })?;
    let path = connectors.join(format!("{name}.wasm"));
    let note = modules.join(format!("{name}.component-digests"));
    if let (Ok(noted), Ok(component)) = (fs::read_to_string(&note), fs::read(&path))
        && noted == digests(&bytes, &component)
    {
        return Ok(Made {
            path,
            size: component.len(),
            how: How::UpToDate,
        });
    }
    let component = Component::from_module(&bytes)?;
    // Whoever reads the old component keeps it: the new one takes its name in one step.
    let unfinished = connectors.join(format!(".{name}.{}.unfinished", std::process::id()));
    fs::write(&unfinished, &component.bytes)?;
    fs::rename(&unfinished, &path)?;
    fs::write(&note, digests(&bytes, &component.bytes))?;
    let how = How::New {
        imports: component.imports,
    };
    Ok(Made {
        path,
        size: component.bytes.len(),
        how,
    })
}

/// Changes when the module, the component or our rules for components do.
fn digests(module: &[u8], component: &[u8]) -> String {
    const RULES: &str = "1";
    format!(
        "rules {RULES}\nmodule {}\ncomponent {}\n",
        hex(&Sha256::digest(module)),
        hex(&Sha256::digest(component))
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every write");
        text
    })
}

/// `liaison:connector, wasi:http`: the packages, once each, in their order.
fn packages(imports: &[String]) -> String {
    let mut packages: Vec<&str> = imports
        .iter()
        .map(|name| name.split('/').next().unwrap_or(name))
        .collect();
    packages.dedup();
    packages.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connectors() -> Vec<Connector> {
        ["acomba", "autotask"]
            .map(|n| Connector {
                name: format!("liaison-{n}"),
                folder: n.to_owned(),
            })
            .to_vec()
    }

    #[test]
    fn only_a_crate_that_says_so_is_a_connector() {
        let connector = "[package]\nname = \"a\"\n[package.metadata.liaison]\nconnector = true\n";
        assert_eq!(connector_name(connector).unwrap(), Some("a".to_owned()));
        assert_eq!(connector_name("[package]\nname = \"sdk\"\n").unwrap(), None);
        assert!(connector_name("[package").is_err());
    }

    #[test]
    fn a_connector_is_named_by_package_or_folder() {
        let chosen = select(
            connectors(),
            &["acomba".to_owned(), "liaison-autotask".to_owned()],
        )
        .unwrap();
        assert_eq!(chosen, connectors());
        assert_eq!(select(connectors(), &[]).unwrap(), connectors());
    }

    #[test]
    fn an_unknown_connector_is_answered_with_the_known_ones() {
        let error = select(connectors(), &["sage".to_owned()])
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "there is no connector `sage`\n  hint: there is liaison-acomba, liaison-autotask"
        );
    }

    #[test]
    fn a_changed_component_is_noticed() {
        assert_ne!(
            digests(b"module", b"component"),
            digests(b"module", b"edited")
        );
        assert_eq!(hex(&[0, 255]), "00ff");
    }

    #[test]
    fn imported_packages_are_named_once() {
        let imports = [
            "wasi:io/poll@0.2.12",
            "wasi:io/streams@0.2.12",
            "wasi:http/types@0.2.12",
        ]
        .map(str::to_owned);
        assert_eq!(packages(&imports), "wasi:io, wasi:http");
    }
}
