//! Connectors in a real registry: Debian's `docker-registry` on loopback. Where it is not installed, this is left
//! out and says so.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use liaison_tests::Lab;
use liaison_tests::variant::Variant;
use oci_client::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};

use super::{Publisher, beside, pairs, versions};

const COMPONENT: &str = "application/wasm";
const SIGNATURE: &str = "application/vnd.minisign.signature";

struct Registry {
    child: Child,
    /// `127.0.0.1:PORT`
    address: String,
    folder: tempfile::TempDir,
}

impl Registry {
    /// None where the program is not installed.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = folder.path().join("storage");
        let config = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: info, formatter: json}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"127.0.0.1:0\"}}\n",
            storage.display()
        );
        std::fs::write(&config, text).expect("written");
        let mut child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(child.stderr.take().expect("it was asked for"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            let read = lines.read_line(&mut line).expect("the registry speaks");
            assert!(read > 0, "the registry ended: {said}");
            if let Some((_, rest)) = line.split_once("listening on ") {
                let end = rest.find(|letter: char| letter == '"' || letter.is_whitespace());
                break rest[..end.unwrap_or(rest.len())].to_owned();
            }
            said.push_str(&line);
        };
        // Whoever does not read makes it stand still.
        std::thread::spawn(move || for _ in lines.split(b'\n') {});
        Some(Self {
            child,
            address,
            folder,
        })
    }

    fn push(&self, name: &str, layers: Vec<(Vec<u8>, &str)>) {
        let image: Reference = format!("{}/{name}", self.address)
            .parse()
            .expect("a reference");
        // Nothing happens where one is set already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::new(ClientConfig {
            protocol: ClientProtocol::Http,
            ..ClientConfig::default()
        });
        let layers: Vec<ImageLayer> = layers
            .into_iter()
            .map(|(bytes, kind)| ImageLayer::new(bytes, kind.to_owned(), None))
            .collect();
        let config = Config::new(
            b"{}".to_vec(),
            "application/vnd.wasm.config.v0+json".to_owned(),
            None,
        );
        let pushed = client.push(&image, &layers, config, &RegistryAuth::Anonymous, None);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(pushed).expect("it is pushed");
    }

    /// Somebody at the registry's disk puts other bytes in the place of these.
    fn tamper(&self, bytes: &[u8], other: &[u8]) {
        let blobs = files(&self.folder.path().join("storage"));
        let data = blobs
            .into_iter()
            .find(|file| file.ends_with("data") && std::fs::read(file).is_ok_and(|is| is == bytes));
        std::fs::write(data.expect("it was pushed"), other).expect("written");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).expect("a folder").flatten();
    let each = listed.flat_map(|entry| match entry.path() {
        path if path.is_dir() => files(&path),
        path => vec![path],
    });
    each.collect()
}

#[test]
fn a_registry_gives_connectors_and_what_is_newer() {
    let Some(registry) = Registry::start() else {
        println!("left out: docker-registry is not installed");
        return;
    };
    let lab = Lab::over(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let publisher = Publisher::new();
    lab.liaison(&format!("connector trust add acceo {}", publisher.key()))
        .exits(0);
    let push = |version: &str| {
        let file = Variant::of("acomba")
            .version(version)
            .write(&folder.path().join(version));
        publisher.sign(&file);
        let read = |file: &Path| std::fs::read(file).expect("a file");
        registry.push(
            &format!("acme/acomba:{version}"),
            vec![(read(&file), COMPONENT), (read(&beside(&file)), SIGNATURE)],
        );
        read(&file)
    };
    push("0.1.0");
    let reference = |tag: &str| format!("oci://{}/acme/acomba:{tag}", registry.address);
    let install = format!("connector install {} --yes", reference("0.1.0"));
    lab.liaison(&install).exits(3).says("--plain-http");
    lab.liaison(&format!("{install} --plain-http"))
        .exits(0)
        .says("signed by `acceo`")
        .says("Installed acomba 0.1.0");
    push("0.2.0");
    let newest = push("0.3.0");
    let source = format!("oci://{}/acme", registry.address);
    lab.write(
        "liaison.toml",
        &format!("language = \"en\"\n[connectors]\nsource = \"{source}\"\nplain_http = true\n"),
    );
    lab.liaison("connector list --newer")
        .exits(0)
        .says("acomba 0.3.0 is there, newer than 0.1.0");
    // Other bytes under the same digest are not taken, whatever was allowed.
    registry.tamper(&newest, b"other bytes");
    let refused = lab.liaison("connector upgrade acomba --yes --allow-unsigned");
    assert_ne!(refused.exit, 0, "{}", refused.out);
    assert_eq!(versions(&lab, "acomba"), pairs(&[("0.1.0", "current")]));
    registry.tamper(b"other bytes", &newest);
    lab.liaison("connector upgrade acomba --yes")
        .exits(0)
        .says("acomba is 0.3.0 now");
    registry.push("acme/other:1.0.0", vec![(b"text".to_vec(), "text/plain")]);
    let other = format!("oci://{}/acme/other:1.0.0", registry.address);
    lab.liaison(&format!("connector install {other} --yes --plain-http"))
        .exits(2)
        .says("holds no component: its layers are text/plain");
    let missing = lab.liaison(&format!(
        "connector install {} --yes --plain-http",
        reference("9.9.9")
    ));
    assert_ne!(missing.exit, 0, "{}", missing.out);
}
