//! Flows as files: what there is, what ships, whether they are right, and their tests.

use std::collections::BTreeMap;

use crate::config::Problem;
use crate::config::flow::FlowFile;
use crate::config::packs;
use crate::config::tenant::FlowOrigin;
use crate::mapping::test_file::TestFile;
use crate::mapping::{End, FlowEnds, run_tests};
use crate::model::{FlowName, TenantId};

use super::request::{Answer, FlowRow, PackRow};
use super::{Control, ControlError};

impl Control {
    pub(super) fn flow_list(&self, tenant: Option<TenantId>) -> Result<Answer, ControlError> {
        let mut rows = Vec::new();
        for id in self.tenants(tenant)? {
            let config = self.read_tenant(&id)?;
            for (name, flow) in &config.flows {
                let file = self.flow_file(&config, flow)?;
                let origin = match &flow.origin {
                    FlowOrigin::Pack(pack) => format!("pack {}", pack.value),
                    FlowOrigin::File(file) => format!("flows/{id}/{}", file.value),
                };
                let schedule = flow.schedule.unwrap_or(file.schedule);
                rows.push(FlowRow {
                    tenant: id.clone(),
                    flow: name.clone(),
                    source: format!(
                        "{}.{}",
                        file.source.connector.value, file.source.entity.value
                    ),
                    target: format!(
                        "{}.{}",
                        file.target.connector.value, file.target.entity.value
                    ),
                    enabled: flow.enabled,
                    origin,
                    schedule: format!("{schedule:?}").to_lowercase(),
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
        for id in self.tenants(tenant)? {
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
            _ if !problems.is_empty() => Err(ControlError::problems(problems)),
            Some(error) => Err(error),
            None => Ok(Answer::FlowsChecked { flows, warnings }),
        }
    }

    /// Tests of shipped flows, against the manifests of the installed connectors.
    pub(super) async fn flow_test(&self, pack: Option<String>) -> Result<Answer, ControlError> {
        let wanted: Vec<packs::PackFlow> = match &pack {
            Some(name) => vec![packs::find(name).ok_or_else(|| no_pack(name))?],
            None => packs::all(),
        };
        let mut reports = BTreeMap::new();
        for flow in wanted {
            let file = FlowFile::read(&flow.text());
            let source = self.connector(file.source.connector.as_str()).await?;
            let target = self.connector(file.target.connector.as_str()).await?;
            let ends = siblings(flow);
            let mut tests = Vec::new();
            for text in flow.tests() {
                tests.push(TestFile::read(&text).map_err(ControlError::problems)?);
            }
            let report = run_tests(&file, &source.manifest, &target.manifest, &ends, &tests);
            reports.insert(flow.name(), report);
        }
        Ok(Answer::FlowTests(reports))
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
            .map_err(|cause| ControlError::io("create", &folder, cause))?;
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
            .map_err(|cause| ControlError::io("write", &path, cause))?;
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

/// The flows of the same pack, which references may name.
fn siblings(flow: packs::PackFlow) -> BTreeMap<String, FlowEnds> {
    packs::all()
        .into_iter()
        .filter(|other| other.pack == flow.pack)
        .map(|other| {
            let file = FlowFile::read(&other.text());
            let end = |end: &crate::config::flow::EndRef| End {
                connector: end.connector.value.clone(),
                entity: end.entity.value.clone(),
            };
            let ends = FlowEnds {
                source: end(&file.source),
                target: end(&file.target),
            };
            (other.flow.to_owned(), ends)
        })
        .collect()
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
