//! The exports of a component: `system` of every connector, and of the optional interfaces those it has.

use wasmtime::component::{Instance, InstancePre};
use wasmtime::{AsContextMut, Engine};

use super::bindings::{inbound, setup, system};
use super::host_calls::GuestState;

/// A linked component, ready to be instantiated.
#[derive(Clone)]
pub struct GuestPre {
    instance: InstancePre<GuestState>,
    system: system::GuestIndices,
    inbound: Option<inbound::GuestIndices>,
    setup: Option<setup::GuestIndices>,
}

impl GuestPre {
    /// Errors when a function of `system` is missing. An optional interface counts as given when all of it is.
    pub fn new(instance: InstancePre<GuestState>) -> wasmtime::Result<Self> {
        Ok(Self {
            system: system::GuestIndices::new(&instance)?,
            inbound: inbound::GuestIndices::new(&instance).ok(),
            setup: setup::GuestIndices::new(&instance).ok(),
            instance,
        })
    }

    pub fn engine(&self) -> &Engine {
        self.instance.component().engine()
    }

    pub fn has_inbound(&self) -> bool {
        self.inbound.is_some()
    }

    pub fn has_setup(&self) -> bool {
        self.setup.is_some()
    }

    pub async fn instantiate(
        &self,
        mut store: impl AsContextMut<Data = GuestState>,
    ) -> wasmtime::Result<Guest> {
        let instance: Instance = self.instance.instantiate_async(&mut store).await?;
        let inbound = self.inbound.as_ref();
        let setup = self.setup.as_ref();
        Ok(Guest {
            system: self.system.load(&mut store, &instance)?,
            inbound: inbound
                .map(|indices| indices.load(&mut store, &instance))
                .transpose()?,
            setup: setup
                .map(|indices| indices.load(&mut store, &instance))
                .transpose()?,
        })
    }
}

/// One instance.
pub struct Guest {
    pub system: system::Guest,
    inbound: Option<inbound::Guest>,
    setup: Option<setup::Guest>,
}

impl Guest {
    pub fn inbound(&self) -> wasmtime::Result<&inbound::Guest> {
        self.inbound
            .as_ref()
            .ok_or_else(|| wasmtime::Error::msg("it has no `inbound`"))
    }

    pub fn setup(&self) -> wasmtime::Result<&setup::Guest> {
        self.setup
            .as_ref()
            .ok_or_else(|| wasmtime::Error::msg("it has no `setup`"))
    }
}
