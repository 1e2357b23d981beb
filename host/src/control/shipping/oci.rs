//! Connectors in a registry of containers, as WebAssembly artefacts.
//!
//! An image of one layer that is a component; a second one may hold its signature:
//! `oras push HOST/erp:1.2.0 erp.wasm:application/wasm erp.wasm.minisig:application/vnd.minisign.signature`.
//!
//! Invariant: bytes whose digest is not the one that the manifest names are not taken.

use std::str::FromStr;
use std::time::Duration;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use sha2::{Digest, Sha256};
use tokio_stream::StreamExt;

use super::super::error::ControlError;
use super::source::{
    Fetched, Plain, SIGNATURE_BYTES_MAX, allow_plain, as_signature, is_here, unreachable_source,
    with_sources,
};
use crate::connector::limits::COMPONENT_BYTES_MAX;
use crate::connector::load::hex;
use crate::model::Text;

/// What registries call a component, the artefact specification's name first.
const COMPONENT_TYPES: [&str; 3] = [
    "application/wasm",
    "application/vnd.wasm.content.layer.v1+wasm",
    "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm",
];
const SIGNATURE_TYPE: &str = "application/vnd.minisign.signature";
const CONNECT_MAX: Duration = Duration::from_secs(15);
const WHOLE_MAX: Duration = Duration::from_secs(300);

pub async fn pull(reference: &str, plain: Plain) -> Result<Fetched, ControlError> {
    let told = format!("oci://{reference}");
    match tokio::time::timeout(WHOLE_MAX, pull_slowly(reference, &told, plain)).await {
        Ok(pulled) => pulled,
        Err(slow) => Err(unreachable_source(&told).cause(Text::plain(slow.to_string()))),
    }
}

async fn pull_slowly(reference: &str, told: &str, plain: Plain) -> Result<Fetched, ControlError> {
    let image = parse(reference)?;
    let client = client(&image, plain)?;
    // A registry on this machine seldom has TLS, and a handshake with one that has none says nothing.
    let may_be_plain = plain == Plain::Refused && is_here(host_of(&image));
    let failed = |error: OciDistributionError| {
        let failed = unreachable_source(told).cause(Text::plain(with_sources(&error)));
        match may_be_plain {
            true => allow_plain(failed),
            false => failed,
        }
    };
    let (manifest, _) = client
        .pull_image_manifest(&image, &RegistryAuth::Anonymous)
        .await
        .map_err(failed)?;
    let Some(component) = manifest
        .layers
        .iter()
        .find(|layer| COMPONENT_TYPES.contains(&layer.media_type.as_str()))
    else {
        let found: Vec<&str> = manifest
            .layers
            .iter()
            .map(|layer| layer.media_type.as_str())
            .collect();
        let found = found.join(", ");
        let english = format!("`{told}` holds no component: its layers are {found}");
        let args = vec![("source", told.to_owned()), ("found", found)];
        return Err(ControlError::command("oci-layers", args, english).hint(
            "oci-layers",
            vec![],
            "the publisher pushes it with `oras push REFERENCE FILE.wasm:application/wasm`",
        ));
    };
    let signature = manifest
        .layers
        .iter()
        .find(|layer| layer.media_type == SIGNATURE_TYPE);
    let bytes = blob(&client, &image, component, told, COMPONENT_BYTES_MAX).await?;
    let signature = match signature {
        Some(layer) => Some(as_signature(
            &blob(&client, &image, layer, told, SIGNATURE_BYTES_MAX).await?,
        )),
        None => None,
    };
    Ok(Fetched { bytes, signature })
}

/// What a repository's versions are called. One that the registry does not know has none.
pub async fn tags(reference: &str, plain: Plain) -> Result<Vec<String>, ControlError> {
    let image = parse(reference)?;
    let told = format!("oci://{reference}");
    let client = client(&image, plain)?;
    let listed = client.list_tags(&image, &RegistryAuth::Anonymous, None, None);
    let listed = tokio::time::timeout(WHOLE_MAX, listed).await;
    let failed = |words: String| unreachable_source(&told).cause(Text::plain(words));
    match listed {
        Ok(Ok(listed)) => Ok(listed.tags),
        Ok(Err(OciDistributionError::RegistryError { envelope, .. }))
            if envelope
                .errors
                .iter()
                .any(|error| error.code == OciErrorCode::NameUnknown) =>
        {
            Ok(Vec::new())
        }
        Ok(Err(error)) => Err(failed(with_sources(&error))),
        Err(slow) => Err(failed(slow.to_string())),
    }
}

async fn blob(
    client: &Client,
    image: &Reference,
    layer: &OciDescriptor,
    told: &str,
    most: usize,
) -> Result<Vec<u8>, ControlError> {
    let failed = |words: String| unreachable_source(told).cause(Text::plain(words));
    let too_large = || failed(format!("a layer of more than {most} bytes"));
    if usize::try_from(layer.size).map_or(true, |size| size > most) {
        return Err(too_large());
    }
    let mut stream = client
        .pull_blob_stream(image, layer)
        .await
        .map_err(|error| failed(with_sources(&error)))?;
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| failed(with_sources(&error)))?);
        // What a manifest says of its size is a claim.
        if bytes.len() > most {
            return Err(too_large());
        }
    }
    let found = format!("sha256:{}", hex(&Sha256::digest(&bytes)));
    match found == layer.digest {
        true => Ok(bytes),
        false => Err(failed(format!(
            "{found} came in the place of {}",
            layer.digest
        ))),
    }
}

fn parse(reference: &str) -> Result<Reference, ControlError> {
    // A name without a host would be looked for in a place that nobody named.
    let names_host = reference
        .split_once('/')
        .is_some_and(|(host, _)| host == "localhost" || host.contains('.') || host.contains(':'));
    match Reference::from_str(reference) {
        Ok(image) if names_host => Ok(image),
        _ => {
            let english = format!("`{reference}` is no reference of a registry");
            let args = vec![("reference", reference.to_owned())];
            Err(ControlError::command("oci-reference", args, english).hint(
                "oci-reference",
                vec![],
                "write it as oci://HOST/NAME:TAG, or oci://HOST/NAME@sha256:DIGEST",
            ))
        }
    }
}

/// Of a registry, without its port.
fn host_of(image: &Reference) -> &str {
    let registry = image.registry();
    registry.rsplit_once(':').map_or(registry, |(host, _)| host)
}

fn client(image: &Reference, plain: Plain) -> Result<Client, ControlError> {
    // Nothing happens where a provider is set already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let is_plain = plain == Plain::OnThisMachine && is_here(host_of(image));
    let config = ClientConfig {
        protocol: match is_plain {
            true => ClientProtocol::Http,
            false => ClientProtocol::Https,
        },
        // A connector is the same on every machine.
        platform_resolver: None,
        read_timeout: Some(CONNECT_MAX),
        connect_timeout: Some(CONNECT_MAX),
        user_agent: "liaison",
        ..ClientConfig::default()
    };
    Client::try_from(config).map_err(|error| ControlError::bug(with_sources(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_its_host() {
        for good in [
            "registry.example.com/erp:1.0",
            "localhost:5000/acme/erp:1.0",
            "127.0.0.1:5000/erp",
        ] {
            parse(good).expect(good);
        }
        for bad in [
            "erp:1.0",
            "acme/erp:1.0",
            "registry.example.com/ERP:1.0",
            "",
        ] {
            assert_eq!(parse(bad).expect_err(bad).code, "oci-reference", "{bad}");
        }
    }
}
