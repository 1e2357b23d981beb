//! What is refused before anything is compiled, and the sentence that says why.

use super::*;

const GOOD: &str = r#"(component
    (import "liaison:connector/types@0.1.0" (instance))
    (import "liaison:connector/log@0.1.3" (instance))
    (import "wasi:http/outgoing-handler@0.2.12" (instance))
    (import "wasi:io/streams@0.2.0" (instance))
    (instance $system)
    (export "liaison:connector/system@0.1.0" (instance $system)))"#;

fn component(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap()
}

/// The good one with one piece of its text replaced.
fn changed(from: &str, to: &str) -> Vec<u8> {
    assert!(GOOD.contains(from));
    component(&GOOD.replace(from, to))
}

#[track_caller]
fn check_refused(bytes: &[u8], expected: &str) {
    let error = precheck(Path::new("x.wasm"), bytes)
        .unwrap_err()
        .to_string();
    assert_eq!(error, expected);
}

#[test]
fn a_connector_passes() {
    precheck(Path::new("x.wasm"), &component(GOOD)).unwrap();
}

#[test]
fn each_refusal_is_one_sentence() {
    check_refused(b"", "`x.wasm` is no WebAssembly");
    check_refused(b"#!/bin/sh\n", "`x.wasm` is no WebAssembly");
    check_refused(
        &component("(module)"),
        "`x.wasm` is a core module; a connector is a component (`wasm-tools component new` makes one)",
    );
    check_refused(
        b"\x7fELF\x02\x01\x01",
        "`x.wasm` is precompiled machine code, which is never loaded; ask the vendor for the component",
    );
    check_refused(
        &component("(component)"),
        "`x.wasm` is no connector: it does not export `liaison:connector/system`",
    );
    check_refused(
        &changed("system@0.1.0", "system@0.2.0"),
        "`x.wasm` is built for contract 0.2.0, which is newer than 0.1, the newest that this liaison speaks: update liaison first",
    );
    check_refused(
        &changed("system@0.1.0", "system@0.10.0"),
        "`x.wasm` is built for contract 0.10.0, which is newer than 0.1, the newest that this liaison speaks: update liaison first",
    );
    check_refused(
        &changed("types@0.1.0", "types@1.0.0"),
        "`x.wasm` is built for contract 1.0.0, which is newer than 0.1, the newest that this liaison speaks: update liaison first",
    );
    check_refused(
        &changed("system@0.1.0", "system@0.0.9"),
        "`x.wasm` is built for contract 0.0.9, which this liaison no longer serves: ask its publisher for a version built for 0.1",
    );
    check_refused(
        &changed("wasi:io/streams@0.2.0", "wasi:filesystem/types@0.2.0"),
        "`x.wasm` asks for what no connector gets: wasi:filesystem/types@0.2.0",
    );
    check_refused(
        &component(
            &GOOD
                .replace("streams@0.2.0", "streams@0.3.0")
                .replace("outgoing-handler", "incoming-handler"),
        ),
        "`x.wasm` asks for what no connector gets: wasi:http/incoming-handler@0.2.12, wasi:io/streams@0.3.0",
    );
    let whole = component(GOOD);
    let error = precheck(Path::new("x.wasm"), &whole[..whole.len() - 3]).unwrap_err();
    assert!(matches!(error, LoadError::Damaged { .. }), "{error}");
}

#[test]
fn precompiled_code_is_refused() {
    let engine = Engine::new(&crate::connector::engine::config()).unwrap();
    let code = engine
        .precompile_component(&component("(component)"))
        .unwrap();
    let error = precheck(Path::new("x.wasm"), &code).unwrap_err();
    assert!(matches!(error, LoadError::Precompiled { .. }), "{error}");
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.wasm");
    std::fs::File::create(&path)
        .unwrap()
        .set_len(COMPONENT_BYTES_MAX as u64 + 1)
        .unwrap();
    assert!(matches!(read(&path, None), Err(LoadError::TooLarge { .. })));
    assert!(matches!(
        read(&folder.path().join("none.wasm"), None),
        Err(LoadError::Unreadable { .. })
    ));
}

#[test]
fn bytes_changed_at_random_are_refused_or_pass_and_never_panic() {
    let whole = component(GOOD);
    // A small generator of our own, so that a failure comes again.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut refused = 0;
    for _ in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..1 + next() % 3 {
            let at = usize::try_from(next() % bytes.len() as u64).unwrap();
            bytes[at] = (next() & 0xff) as u8;
        }
        refused += usize::from(precheck(Path::new("x.wasm"), &bytes).is_err());
    }
    assert!(refused > 10_000, "{refused}");
}
