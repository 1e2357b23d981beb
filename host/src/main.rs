//! The binary `liaison`: everything is in the library.

fn main() -> std::process::ExitCode {
    liaison::cli::main()
}
