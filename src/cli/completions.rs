//! `jirrow completions`: what a shell needs to complete the command line. It is made of the same definition as `--help`.

use clap::CommandFactory;

use super::arguments::{Arguments, Completions};
use super::{Failure, print};

pub(super) fn run(command: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Arguments::command(), "jirrow", &mut script);
    print(&String::from_utf8_lossy(&script))
}
