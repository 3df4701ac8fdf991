//! The entry: reads the arguments, does what they say, tells how it ended.

use std::process::ExitCode;

use relevo::{cli, command};

fn main() -> ExitCode {
    let arguments = cli::parse();
    match command::perform(&arguments) {
        Ok(status) => status.into(),
        Err(error) => command::report(&error).into(),
    }
}
