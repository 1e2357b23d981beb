//! Flows as files: what there is, what ships, whether they are right, and their tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::flow::FlowFile;
use crate::config::tenant::FlowOrigin;
use crate::config::{Problem, SourceText, packs};
use crate::mapping::test_file::TestFile;
use crate::mapping::{FlowEnds, run_tests};
use crate::model::text::words;
use crate::model::{FlowName, TenantId, Text};

use super::request::{Answer, FlowRow, PackRow};
use super::tenants::flow_ends;
use super::{Control, ControlError, Doing};

impl Control {
    pub(super) fn flow_list(&self, tenant: Option<TenantId>) -> Result<Answer, ControlError> {
        let mut rows = Vec::new();
        for id in self.tenants(tenant)? {
            let config = self.read_tenant(&id)?;
            for (name, flow) in &config.flows {
                let origin = match &flow.origin {
                    FlowOrigin::Pack(pack) => {
                        words!("origin-pack", "pack {pack}", pack = pack.value)
                    }
                    FlowOrigin::File(file) => Text::plain(format!("flows/{id}/{}", file.value)),
                };
                let row = FlowRow {
                    tenant: id.clone(),
                    flow: name.clone(),
                    title: name.to_string(),
                    source: String::new(),
                    target: String::new(),
                    enabled: flow.enabled,
                    origin,
                    schedule: String::new(),
                    problem: None,
                };
                // One file that is gone hides no other flow.
                let file = match self.flow_file(&config, flow) {
                    Ok(file) => file,
                    Err(error) => {
                        rows.push(FlowRow {
                            problem: Some(error.in_short()),
                            ..row
                        });
                        continue;
                    }
                };
                let schedule = flow.schedule.clone().unwrap_or(file.schedule);
                rows.push(FlowRow {
                    title: file.title.in_language(&self.lang).to_owned(),
                    source: format!(
                        "{}.{}",
                        file.source.connector.value, file.source.entity.value
                    ),
                    target: format!(
                        "{}.{}",
                        file.target.connector.value, file.target.entity.value
                    ),
                    schedule: schedule.to_string(),
                    ..row
                });
            }
        }
        Ok(Answer::Flows(rows))
    }

    pub(super) fn flow_packs(&self) -> Answer {
        let rows = packs::all().into_iter().map(|pack| {
            let file = FlowFile::read(&pack.text());
            PackRow {
                name: pack.name(),
                source: format!(
                    "{}.{}",
                    file.source.connector.value, file.source.entity.value
                ),
                target: format!(
                    "{}.{}",
                    file.target.connector.value, file.target.entity.value
                ),
                description: file.description.in_language(&self.lang).to_owned(),
            }
        });
        Answer::Packs(rows.collect())
    }

    /// The same path that a run takes, up to its first call.
    pub(super) async fn flow_check(
        &self,
        tenant: Option<TenantId>,
    ) -> Result<Answer, ControlError> {
        let mut problems: Vec<Problem> = Vec::new();
        let mut warnings = Vec::new();
        let mut other: Option<ControlError> = None;
        let mut flows = 0;
        for id in self.some_tenants(tenant)? {
            let open = self.open_tenant(&id, None).await?;
            for made in open.flows.into_values() {
                flows += 1;
                match made {
                    Ok(made) => warnings.extend(made.flow.warnings().iter().cloned()),
                    Err(error) if error.problems.is_empty() => {
                        other.get_or_insert(error);
                    }
                    // Two flows may fail for the same line.
                    Err(error) => problems.extend(
                        error
                            .problems
                            .into_iter()
                            .filter(|problem| !told(&problems, problem))
                            .collect::<Vec<_>>(),
                    ),
                }
            }
        }
        match other {
            // What is missing comes first, and alone: other flows complain of it in their way.
            Some(error) => Err(error),
            None if !problems.is_empty() => Err(ControlError::problems(problems)),
            None => Ok(Answer::FlowsChecked { flows, warnings }),
        }
    }

    /// Tests of flows, against the manifests of the installed connectors and without network: of every
    /// shipped flow, of one (`PACK/FLOW`), or of a flow that a tenant keeps as a file.
    pub(super) async fn flow_test(
        &self,
        name: Option<String>,
        tenant: Option<TenantId>,
    ) -> Result<Answer, ControlError> {
        let suites = match &name {
            None => packs::all().into_iter().map(shipped_suite).collect(),
            Some(name) => match packs::find(name) {
                Some(flow) => vec![shipped_suite(flow)],
                None => vec![self.own_suite(name, tenant)?],
            },
        };
        let mut reports = BTreeMap::new();
        let mut left_out = Vec::new();
        for suite in suites {
            let ends = [&suite.file.source, &suite.file.target];
            let [source, target] = ends.map(|end| end.connector.as_str());
            let (source, target) = (self.connector(source).await, self.connector(target).await);
            // Of all that ship, only what an installation can use.
            if name.is_none() && (source.is_err() || target.is_err()) {
                left_out.push(suite.name);
                continue;
            }
            let (source, target) = (source?, target?);
            let mut tests = Vec::new();
            for text in &suite.tests {
                tests.push(TestFile::read(text).map_err(ControlError::problems)?);
            }
            let manifests = (&source.manifest, &target.manifest);
            let report = run_tests(&suite.file, manifests.0, manifests.1, &suite.ends, &tests);
            reports.insert(suite.name, report);
        }
        Ok(Answer::FlowTests { reports, left_out })
    }

    /// A tenant's own flow, with the tests in `flows/TENANT/tests/FLOW/*.test.toml`.
    fn own_suite(&self, name: &str, tenant: Option<TenantId>) -> Result<Suite, ControlError> {
        let id = self.tenant(tenant)?;
        let config = self.read_tenant(&id)?;
        let flow = FlowName::parse(name)
            .ok()
            .and_then(|name| config.flows.get(&name))
            .ok_or_else(|| no_pack(name))?;
        let file = match &flow.origin {
            FlowOrigin::File(file) => file,
            FlowOrigin::Pack(pack) => {
                let found = packs::find(pack.as_str()).map(shipped_suite);
                return found.ok_or_else(|| no_pack(pack.as_str()));
            }
        };
        let stem = file.as_str().trim_end_matches(".toml");
        let folder = self.home.flows(&id).join("tests").join(stem);
        let mut paths: Vec<_> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with(".test.toml"))
            .collect();
        paths.sort();
        let tests = paths
            .iter()
            .map(|path| self.home.read(path))
            .collect::<Result<_, _>>()?;
        let mut ends = BTreeMap::new();
        for (other, flow) in &config.flows {
            ends.insert(
                other.to_string(),
                flow_ends(&self.flow_file(&config, flow)?),
            );
        }
        Ok(Suite {
            name: format!("{id}/{name}"),
            file: self.flow_file(&config, flow)?,
            ends,
            tests,
        })
    }

    /// Copies a shipped flow into the installation, to edit it there.
    pub(super) fn flow_add(
        &self,
        pack: &str,
        tenant: Option<TenantId>,
        name: Option<FlowName>,
    ) -> Result<Answer, ControlError> {
        let id = self.tenant(tenant)?;
        let flow = packs::find(pack).ok_or_else(|| no_pack(pack))?;
        let name = match name {
            Some(name) => name,
            None => {
                FlowName::parse(flow.flow).map_err(|error| ControlError::bug(error.to_string()))?
            }
        };
        let folder = self.home.flows(&id);
        std::fs::create_dir_all(&folder)
            .map_err(|cause| ControlError::io(Doing::Create, &folder, cause))?;
        let path = folder.join(format!("{}.toml", name.as_str().replace('/', "-")));
        let file = path
            .file_name()
            .map(|f| f.to_string_lossy().into_owned())
            .unwrap_or_default();
        if path.exists() {
            let english = format!("`flows/{id}/{file}` exists already");
            return Err(ControlError::command(
                "flow-exists",
                vec![("file", file)],
                english,
            ));
        }
        std::fs::write(&path, &flow.text().text)
            .map_err(|cause| ControlError::io(Doing::Write, &path, cause))?;
        Ok(Answer::FlowAdded {
            tenant: id,
            name,
            file,
        })
    }
}

fn told(known: &[Problem], problem: &Problem) -> bool {
    known.iter().any(|other| {
        (&other.file, &other.span, other.code) == (&problem.file, &problem.span, problem.code)
    })
}

/// A flow with its tests and the flows that its references may name.
struct Suite {
    name: String,
    file: FlowFile,
    ends: BTreeMap<String, FlowEnds>,
    tests: Vec<Arc<SourceText>>,
}

fn shipped_suite(flow: packs::PackFlow) -> Suite {
    let siblings = packs::all()
        .into_iter()
        .filter(|other| other.pack == flow.pack);
    Suite {
        name: flow.name(),
        file: FlowFile::read(&flow.text()),
        ends: siblings
            .map(|other| {
                (
                    other.flow.to_owned(),
                    flow_ends(&FlowFile::read(&other.text())),
                )
            })
            .collect(),
        tests: flow.tests(),
    }
}

fn no_pack(name: &str) -> ControlError {
    let known: Vec<String> = packs::all()
        .into_iter()
        .map(packs::PackFlow::name)
        .collect();
    let known = known.join(", ");
    let english = format!("there is no pack flow `{name}`; known: {known}");
    ControlError::command(
        "no-pack",
        vec![("name", name.to_owned()), ("known", known)],
        english,
    )
}
