//! The command line of Switchback: a thin layer that reads files, calls the engine, and prints.
//!
//! Exit status: 0 done; 1 the answer is "no" (refused, lossy under `--strict`, a law broken); 2 bad usage or input
//! that cannot be read, with an error that says where.

mod arguments;
mod asked;
mod command;
mod failure;
mod input;
mod losses;
mod output;
mod state;
mod table;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::failure::{Answer, Failure};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(answer) => answer.into(),
        Err(failure) => {
            // Nobody is left to tell when standard error is closed.
            let _ = output::error(&failure);
            failure.status()
        }
    }
}

fn run(command: Command) -> Result<Answer, Failure> {
    match command {
        Command::Plan(options) => command::plan::run(&options),
        Command::Convert(options) => command::convert::run(&options),
        Command::Audit(options) => command::audit::run(&options),
        Command::Simulate(options) => command::simulate::run(&options),
        Command::Slug(options) => command::slug::run(&options),
        Command::Catalog(options) => command::catalog::run(&options),
        Command::Migrate(options) => command::migrate::run(&options),
        Command::Sanitize(options) => command::sanitize::run(&options),
        Command::Policy(options) => command::policy::run(&options),
        Command::Replay(options) => command::replay::run(&options),
    }
}
