#![doc = include_str!("../README.md")]

use std::process::ExitCode;

use clap::Parser;

mod act;
mod archive;
mod avis;
mod avis_document;
mod bench;
mod cli;
mod clock;
mod competence;
mod contestation;
mod courrier;
mod db;
mod demo;
mod holders;
mod http;
mod law;
mod lines;
mod load;
mod mif;
mod natinf;
mod nation;
mod officer;
mod operator;
mod output;
mod payment;
mod quarantine;
mod reconcile;
mod render;
mod run;
mod schemas;
mod spool;
mod system;
mod titre;
mod token;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}
