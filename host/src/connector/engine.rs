//! The wasmtime engine: what guests may be made of, and the clock that interrupts them.
//!
//! One engine serves all connectors. Both limit profiles share it, since its settings are part of
//! the compiled code and the limits are not.
//!
//! Invariant: an engine made here ticks as long as it lives, so a deadline always fires.

use std::time::Duration;

use wasmtime::{Config, Engine, OptLevel, Strategy, WasmBacktraceDetails};

/// How often a running guest is looked at.
pub const TICK: Duration = Duration::from_millis(10);
/// Deep enough for recursive parsers; a deeper one traps.
const WASM_STACK_BYTES_MAX: usize = 512 << 10;
/// The fiber's stack: the guest's, and what our host calls need above it.
const FIBER_STACK_BYTES: usize = 2 << 20;

/// What compiled code depends on. Also used by the compiling child, which needs no ticker.
pub fn config() -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift) // Winch does not support epochs
        .cranelift_opt_level(OptLevel::Speed)
        // The 0.3 async ABI: more surface, slower calls, and our world is synchronous. It is not
        // compiled in either (no feature `component-model-async`).
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK_BYTES_MAX)
        .async_stack_size(FIBER_STACK_BYTES)
        // A replay is the same to the byte: what NaNs look like may not depend on the processor.
        .cranelift_nan_canonicalization(true)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .shared_memory(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable);
    config
}

/// An engine with its ticker running.
pub fn start() -> wasmtime::Result<Engine> {
    let engine = Engine::new(&config())?;
    let weak = engine.weak();
    std::thread::Builder::new()
        .name("liaison-epoch".to_owned())
        .spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })
        .map_err(|error| {
            wasmtime::Error::msg(format!("the epoch thread did not start: {error}"))
        })?;
    Ok(engine)
}
