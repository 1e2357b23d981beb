//! `liaison-sim VENDOR`: one simulated vendor on loopback, until Ctrl-C or SIGTERM.
//!
//! Invariant: stdout carries one line, the address, once the server answers.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use liaison_simulators::demo::demo;
use liaison_simulators::tls::Tls;
use liaison_simulators::{Running, VENDORS, vendor};

mod stop;
use stop::Stop;

/// Serve a simulated business system on loopback
///
/// Steer it under /_sim/: state, seed, control, requests, faults, clock, health.
#[derive(Parser, Debug)]
#[command(name = "liaison-sim", version)]
struct Args {
    /// Vendor to simulate
    #[arg(value_parser = vendors(), required_unless_present = "list")]
    vendor: Option<String>,
    /// Print the vendors there are, one a line, and end
    #[arg(long)]
    list: bool,
    /// Print as JSON what a connection to it needs (settings, secrets), and end
    #[arg(long)]
    print_connection: bool,
    /// Print the records that ship with it, as --seed takes them, and end
    #[arg(long)]
    print_seed: bool,
    /// Start with the records that ship with the simulator
    #[arg(long, conflicts_with = "seed")]
    demo: bool,
    /// Loopback address and port; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// JSON file with records to start with
    #[arg(long)]
    seed: Option<PathBuf>,
    /// End when standard input ends: with the program that started it
    #[arg(long)]
    while_stdin: bool,
    /// Speak HTTPS with a certificate made at start
    #[arg(long)]
    tls: bool,
    /// Write the certificate of the authority to trust to this file
    #[arg(long, requires = "tls")]
    ca_out: Option<PathBuf>,
}

/// By their names, or by those of their connectors.
fn vendors() -> clap::builder::PossibleValuesParser {
    let named = VENDORS.map(|vendor| {
        let value = clap::builder::PossibleValue::new(vendor);
        match vendor {
            "sage-intacct" => value.alias("intacct"),
            _ => value,
        }
    });
    clap::builder::PossibleValuesParser::new(named)
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("error: {cause}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    if args.list {
        println!("{}\nintacct", VENDORS.join("\n"));
        return Ok(());
    }
    let name = args.vendor.as_deref().unwrap_or_default();
    let shipped = demo(name).ok_or("no such vendor")?;
    if args.print_connection {
        print!("{}", shipped.connection);
        return Ok(());
    }
    if args.print_seed {
        print!("{}", shipped.seed);
        return Ok(());
    }
    let tls = args.tls.then(Tls::make).transpose()?;
    if let (Some(tls), Some(path)) = (&tls, &args.ca_out) {
        std::fs::write(path, &tls.ca_pem).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let mut simulator = vendor(name).ok_or("no such vendor")?;
    let seed = match &args.seed {
        Some(path) => {
            let place = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|e| format!("{place}: {e}"))?;
            Some((place, text))
        }
        None => (args.demo).then(|| ("demo".to_owned(), shipped.seed.to_owned())),
    };
    if let Some((place, text)) = seed {
        let seed = serde_json::from_str(&text).map_err(|e| format!("{place}: {e}"))?;
        let now = jiff::Timestamp::now().as_millisecond();
        simulator
            .seed(&seed, now)
            .map_err(|e| format!("{place}: {e}"))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    let mut stop = {
        let _runtime = runtime.enter();
        Stop::listen().map_err(|e| e.to_string())?
    };
    let running = Running::start(simulator, args.listen, tls)
        .map_err(|e| format!("listen on {}: {e}", args.listen))?;
    println!("listening on {}", running.url());
    if args.while_stdin {
        std::thread::spawn(|| {
            // An input that fails has ended as well.
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(0);
        });
    }
    runtime.block_on(stop.wished());
    Ok(())
}
