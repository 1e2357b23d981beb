//! Rubbish in, a sentence that helps out.

use liaison_tests::Lab;

#[test]
fn a_file_that_is_no_connector_is_refused_in_one_sentence() {
    let lab = Lab::new();
    for (name, bytes) in [
        ("text.wasm", b"hello".as_slice()),
        ("empty.wasm", b""),
        ("module.wasm", b"\0asm\x01\0\0\0"),
        ("component.wasm", b"\0asm\x0d\0\x01\0"),
    ] {
        let file = lab.home().join(name);
        std::fs::write(&file, bytes).expect("a file");
        let said = lab
            .liaison(&format!(
                "connector install {} --yes --allow-unsigned",
                file.display()
            ))
            .exits(2);
        assert!(said.err.starts_with("error: "), "{name}: {}", said.err);
        assert!(said.err.lines().count() <= 4, "{name}: {}", said.err);
    }
}

#[test]
fn all_problems_of_a_tenant_file_at_once_with_their_places() {
    let lab = Lab::new();
    let broken = include_str!("../../tenant.toml")
        .replace("freight_codes", "freight_code")
        .replace("[flows.customers]\npack", "[flows.customers]\npackk");
    lab.write_tenant("demo", &broken);
    let said = lab.liaison("flow check").exits(2);
    assert!(said.err.contains("packk"), "{}", said.err);
    assert!(said.err.contains("demo.toml"), "{}", said.err);
}

#[test]
fn an_unknown_option_is_answered_with_the_likely_one() {
    let lab = Lab::new();
    let broken = include_str!("../../tenant.toml").replace("freight_codes", "freight_code");
    lab.write_tenant("demo", &broken);
    lab.liaison("flow check").exits(2).says("freight_codes");
    // What check rejects, run never accepts.
    lab.liaison("run invoices").exits(2).says("freight_codes");
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    let lab = Lab::new();
    lab.liaison("run invoice").exits(2).says("invoices");
    lab.liaison("plan invoices --tenant nobody")
        .exits(2)
        .says("demo");
    lab.liaison("run invoices --since yesterday")
        .exits(2)
        .says("2026-01-31");
    lab.liaison("quarantine show invoices 1")
        .exits(2)
        .says("not in quarantine");
    lab.liaison("connector inspect nothing")
        .exits(2)
        .says("autotask");
}

#[test]
fn a_folder_that_is_no_installation_says_what_to_do() {
    let lab = Lab::new();
    let elsewhere = lab.home().join("elsewhere");
    let line = format!("--home {} status", elsewhere.display());
    lab.liaison(&line).exits(2).says("liaison init");
    lab.liaison(&format!("--lang fr {line}"))
        .exits(2)
        .says("installation de liaison");
}
