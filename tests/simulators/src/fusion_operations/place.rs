//! What a path stands for, under `/api/v1/` and under the old `/api/`, and the verbs it takes.

use super::assumed;
use super::resource::Resource;
use super::switches::Switches;
use crate::percent::{Plus, decode};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    Old,
    V1,
}

/// Keys are as in the path, decoded: an id or a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Authorization,
    List(Resource),
    One(Resource, String),
    Files(Resource, String),
    File(Resource, String, String),
    Problem(String),
    Activate(String),
    Bom(String),
    Counter(String),
    Downtime(String),
    Inventory(String),
    WorkerLaborTime,
    ChangesFeedChannels,
    /// The last three are old only.
    Machines,
    MachineNotes(String),
    MachineOrder(String, String),
}

use Place as P;

impl Place {
    pub fn of(path: &str, switches: &Switches) -> Option<(Generation, Self)> {
        let rest = path.strip_prefix('/')?.strip_prefix(assumed::PREFIX)?;
        let rest = rest.strip_prefix('/')?;
        let current = rest.strip_prefix(assumed::VERSION);
        let current = current.and_then(|rest| rest.strip_prefix('/'));
        let (generation, rest) = match current {
            Some(rest) => (Generation::V1, rest),
            None if switches.old_api => (Generation::Old, rest),
            None => return None,
        };
        let (rest, slash) = match rest.strip_suffix('/') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let words: Vec<String> = rest
            .split('/')
            .map(|word| decode(word, Plus::Kept).filter(|word| !word.is_empty()))
            .collect::<Option<_>>()?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let place = Self::read(generation, &words)?;
        let is_list = matches!(place, P::List(_) | P::ChangesFeedChannels);
        let exact = generation == Generation::V1 && switches.exact_slash;
        (!exact || is_list == slash).then_some((generation, place))
    }

    fn read(generation: Generation, words: &[&str]) -> Option<Self> {
        let old = generation == Generation::Old;
        let own = |word: &&str| (*word).to_owned();
        Some(match words {
            ["authorization"] => P::Authorization,
            ["changes-feed-channels"] => P::ChangesFeedChannels,
            ["reports", "worker-labor-time"] => P::WorkerLaborTime,
            ["inventory", product] => P::Inventory(own(product)),
            ["machines"] if old => P::Machines,
            ["machines", code, "counter"] => P::Counter(own(code)),
            ["machines", code, "downtime"] => P::Downtime(own(code)),
            ["machines", code, "notes"] if old => P::MachineNotes(own(code)),
            ["machines", code, "production-orders", order] if old => {
                P::MachineOrder(own(code), own(order))
            }
            ["production-orders", order, "problem"] => P::Problem(own(order)),
            ["production-orders", order, "notify"] if old => P::Problem(own(order)),
            ["production-orders", order, "activate"] => P::Activate(own(order)),
            ["products", product, "bom"] => P::Bom(own(product)),
            [word, rest @ ..] => {
                let resource = Resource::named(word)?;
                let (_, one, files) = resource.verbs()?;
                match rest {
                    [] => P::List(resource),
                    [key] if !one.is_empty() => P::One(resource, own(key)),
                    [key, "files"] if files => P::Files(resource, own(key)),
                    [key, "files", file] if files => P::File(resource, own(key), own(file)),
                    _ => return None,
                }
            }
            [] => return None,
        })
    }

    pub fn verbs(&self, generation: Generation, switches: &Switches) -> Vec<&'static str> {
        match self {
            P::Authorization => vec!["GET", "POST", "DELETE"],
            P::List(resource) => resource.verbs().map_or(&[][..], |(list, ..)| list).to_vec(),
            P::One(resource, _) => {
                let mut verbs = resource.verbs().map_or(&[][..], |(_, one, _)| one).to_vec();
                if generation == Generation::Old || switches.post_changes {
                    verbs.push("POST");
                }
                verbs
            }
            P::Files(..) => vec!["GET", "POST"],
            P::File(..) => vec!["GET", "PUT", "DELETE"],
            P::Inventory(_) | P::WorkerLaborTime | P::ChangesFeedChannels | P::Machines => {
                vec!["GET"]
            }
            P::Problem(_)
            | P::Activate(_)
            | P::Bom(_)
            | P::Counter(_)
            | P::Downtime(_)
            | P::MachineNotes(_)
            | P::MachineOrder(..) => vec!["POST"],
        }
    }

    /// Whose scope a call needs.
    pub fn resource(&self) -> Option<Resource> {
        match self {
            P::Authorization | P::WorkerLaborTime | P::ChangesFeedChannels => None,
            P::List(resource)
            | P::One(resource, _)
            | P::Files(resource, _)
            | P::File(resource, ..) => Some(*resource),
            P::Problem(_) | P::Activate(_) => Some(Resource::ProductionOrders),
            P::Bom(_) => Some(Resource::Products),
            P::Inventory(_) => Some(Resource::InventoryMovements),
            P::Counter(_)
            | P::Downtime(_)
            | P::Machines
            | P::MachineNotes(_)
            | P::MachineOrder(..) => Some(Resource::Machines),
        }
    }

    /// A stable name for counting; no key stands in it.
    pub fn word(&self) -> String {
        match self {
            P::Authorization => "authorization".to_owned(),
            P::List(resource) => resource.word().to_owned(),
            P::One(resource, _) => format!("{}/{{id}}", resource.word()),
            P::Files(resource, _) => format!("{}/{{id}}/files", resource.word()),
            P::File(resource, ..) => format!("{}/{{id}}/files/{{id}}", resource.word()),
            P::Problem(_) => "production-orders/{id}/problem".to_owned(),
            P::Activate(_) => "production-orders/{id}/activate".to_owned(),
            P::Bom(_) => "products/{id}/bom".to_owned(),
            P::Counter(_) => "machines/{id}/counter".to_owned(),
            P::Downtime(_) => "machines/{id}/downtime".to_owned(),
            P::Inventory(_) => "inventory/{id}".to_owned(),
            P::WorkerLaborTime => "reports/worker-labor-time".to_owned(),
            P::ChangesFeedChannels => "changes-feed-channels".to_owned(),
            P::Machines => "machines".to_owned(),
            P::MachineNotes(_) => "machines/{id}/notes".to_owned(),
            P::MachineOrder(..) => "machines/{id}/production-orders/{id}".to_owned(),
        }
    }
}
