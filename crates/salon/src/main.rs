//! The `salon` command: one server for machine images shared by guest list.

mod cli;
mod client;
mod config;
mod data_dir;
mod demo;
mod dev;
mod logging;
mod node;
mod output;
mod policy_files;
mod real;
mod sd_notify;
mod serve;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::run(cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(format!("salon: {}", words(&error)));
            ExitCode::FAILURE
        }
    }
}

/// At the terminal the operator's words count too.
fn words(error: &salon_core::Error) -> String {
    let report = error.report();
    report.split_once(": ").map_or(report.clone(), |(_, words)| words.to_owned())
}
