//! The `jirrow` command: hands the command line to [`jirrow::cli`].

fn main() -> std::process::ExitCode {
    jirrow::cli::main()
}
