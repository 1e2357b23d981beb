//! A flow of a tenant, bound to its two connections: which end is which, and which way it goes.

use std::sync::Arc;

use crate::connector::Connector;
use crate::mapping::{Conflict, Flow, Group, TwoWay};
use crate::model::manifest::EntitySpec;
use crate::model::{ConnectionId, FlowName, Link, LinkSet, LinkSide, Side};

/// One end of a flow, ready to be called.
#[derive(Clone)]
pub struct Endpoint {
    pub connection: ConnectionId,
    pub entity: String,
    pub connector: Arc<dyn Connector>,
}

impl Endpoint {
    /// What the connector says of this end's entity. A flow is compiled against it, so it is there.
    pub fn spec(&self) -> &EntitySpec {
        self.connector
            .manifest()
            .entity(&self.entity)
            .expect("a compiled flow names an entity of its connector")
    }
}

/// A flow of a tenant, bound to its two connections.
#[derive(Clone)]
pub struct FlowInstance {
    pub flow: Flow,
    pub set: LinkSet,
    pub way: Way,
    pub source: Endpoint,
    pub target: Endpoint,
}

/// Which of the two directions between its ends this is.
#[derive(Clone)]
pub enum Way {
    /// There is no other.
    Only,
    /// From the flow's source to its target, and there is a way back.
    There(Arc<BothWays>),
    /// Back again; the flow that this belongs to.
    Back(FlowName),
    /// A flow of its own that has the links of the one in the other direction, which is named.
    Reverse(FlowName),
}

/// What a flow has that looks at both of its sides.
pub struct BothWays {
    pub back: Arc<FlowInstance>,
    pub groups: Vec<Group>,
    pub conflict: Conflict,
}

impl FlowInstance {
    pub fn name(&self) -> &FlowName {
        self.flow.name()
    }

    /// The end of its links that is the source: the left one, but for a flow whose links are another's,
    /// turned.
    pub fn side(&self) -> Side {
        match self.way {
            Way::Only | Way::There(_) => Side::Left,
            Way::Back(_) | Way::Reverse(_) => Side::Right,
        }
    }

    /// Binds a flow, and its way back where it has one, to its ends.
    pub fn new(
        flow: Flow,
        two_way: Option<TwoWay>,
        set: LinkSet,
        source: Endpoint,
        target: Endpoint,
    ) -> Self {
        let alone = match flow.reverse_of() {
            Some(other) => Way::Reverse(other.clone()),
            None => Way::Only,
        };
        let way = two_way.map_or(alone, |two_way| {
            let back = Self {
                way: Way::Back(flow.name().clone()),
                flow: two_way.back,
                set: set.clone(),
                source: target.clone(),
                target: source.clone(),
            };
            Way::There(Arc::new(BothWays {
                back: Arc::new(back),
                groups: two_way.groups,
                conflict: two_way.conflict,
            }))
        });
        Self {
            flow,
            set,
            way,
            source,
            target,
        }
    }

    /// The way back, where there is one.
    pub fn back(&self) -> Option<Arc<Self>> {
        match &self.way {
            Way::There(both) => Some(Arc::clone(&both.back)),
            Way::Only | Way::Back(_) | Way::Reverse(_) => None,
        }
    }

    /// Whether its target is an image of its source, and people's edits there do not stand.
    pub fn is_mirror(&self) -> bool {
        matches!(&self.way, Way::There(both) if !both.back.flow.may_update())
    }

    /// Whether both ends are looked at, and a pair is settled as one.
    pub fn is_paired(&self) -> bool {
        match self.way {
            Way::There(_) | Way::Back(_) => true,
            Way::Only | Way::Reverse(_) => false,
        }
    }

    /// Whether a flow in the other direction made this pair: then it goes on in that direction. The one that
    /// made it has seen its source, and this one has not.
    pub fn is_the_others(&self, link: &Link) -> bool {
        let unseen = self.near(link).fingerprint.is_none();
        !self.is_paired() && unseen && self.far(link).fingerprint.is_some()
    }

    /// The source's end of a link.
    pub fn near<'l>(&self, link: &'l Link) -> &'l LinkSide {
        link.side(self.side())
    }

    pub fn near_mut<'l>(&self, link: &'l mut Link) -> &'l mut LinkSide {
        link.side_mut(self.side())
    }

    /// The target's end of a link.
    pub fn far<'l>(&self, link: &'l Link) -> &'l LinkSide {
        link.side(self.side().other())
    }

    pub fn far_mut<'l>(&self, link: &'l mut Link) -> &'l mut LinkSide {
        link.side_mut(self.side().other())
    }

    /// Both ends of a new link as it names them: left, then right.
    pub fn ends(&self, near: LinkSide, far: LinkSide) -> (LinkSide, LinkSide) {
        match self.side() {
            Side::Left => (near, far),
            Side::Right => (far, near),
        }
    }
}
