//! How a running service is found: `data/service.json` holds its address and what a caller must show.
//!
//! The file can be read by the installation's owner alone; whoever reads it may do what the owner may.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{at, random};
use crate::control::home::Home;
use crate::control::{ControlError, Doing};
use crate::owner_only;

/// Open while the service runs; a service that was killed leaves its file, at which nobody answers.
pub struct Door {
    path: PathBuf,
    sign: Sign,
}

/// What stands in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sign {
    pub address: SocketAddr,
    pub token: String,
    pub process: u32,
}

impl Door {
    pub fn open(home: &Home, address: SocketAddr) -> Result<Self, ControlError> {
        let mut address = address;
        if address.ip().is_unspecified() {
            // Reached on loopback as well.
            address.set_ip(match address {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        let sign = Sign {
            address,
            token: random()?,
            process: std::process::id(),
        };
        let path = home.door();
        let text =
            serde_json::to_vec(&sign).map_err(|cause| ControlError::bug(cause.to_string()))?;
        owner_only::replace(&path, &text).map_err(at(Doing::Write, &path))?;
        Ok(Self { path, sign })
    }

    pub fn token(&self) -> &str {
        &self.sign.token
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // Left behind it does no harm: nobody answers there.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The sign of a service that runs here or was killed; none where there never was one.
pub fn sign(home: &Home) -> Option<Sign> {
    let text = std::fs::read(home.door()).ok()?;
    serde_json::from_slice(&text).ok()
}
