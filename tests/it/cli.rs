//! The real binary, run as a user runs it: arguments in; exit code, stdout, stderr and files out. The sandbox that it
//! reads runs in the test's own process, so that a test can look at what was asked, and break it.

mod bad_input;
mod copies;
mod first_hour;
mod interruption;
mod profiles;
mod queries;
mod secrets;
mod success;

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use jirrow::sandbox::{Credentials, Sandbox, SandboxConfig};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tempfile::TempDir;

/// A secret that is met nowhere but in credentials. Its characters look different once they are encoded.
pub const CANARY: &str = "canary-7f/Qz+c&o9=Zk";

/// Who the canary belongs to.
pub const USER: &str = "demo@example.com";

/// A finished run.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub bytes: Vec<u8>,
    pub stdout: String,
    pub stderr: String,
}

/// A folder to run in, which is gone at the end of the test.
pub struct Desk {
    folder: TempDir,
    /// The user's cache, which is no folder to run in.
    cache: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a temporary folder");
        Self { folder: folder(), cache: folder() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder in which the user's programs keep what they can do without.
    pub fn cache(&self) -> &Path {
        self.cache.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap_or_else(|e| panic!("`{name}` can't be read: {e}"))
    }

    /// The names of all files in the folder, hidden ones too, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("the folder");
        let mut names: Vec<String> =
            entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The command, not yet started: nothing of the machine's own settings reaches it.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jirrow"));
        clean(&mut command);
        command.env("XDG_CACHE_HOME", self.cache.path());
        // Nor the user's settings: a test's own are below `home`.
        command.env("HOME", self.path().join("home"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        finish(self.command(arguments))
    }

    /// Runs with `input` on standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads its input");
        ended(child)
    }

    /// `jirrow sql --connect SANDBOX …`
    pub fn sql(&self, sandbox: &Sandbox, arguments: &[&str]) -> Run {
        let connection = connection(sandbox);
        self.run(["sql", "--connect", &connection].iter().chain(arguments))
    }
}

/// Takes out what the machine's environment could change.
pub fn clean(command: &mut Command) {
    let names = [
        "JIRROW_CONNECT",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "RUST_BACKTRACE",
        "RUST_LIB_BACKTRACE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    ];
    for name in names {
        command.env_remove(name);
    }
}

/// Runs to the end, with what it printed.
pub fn finish(mut command: Command) -> Run {
    ended(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts"))
}

pub fn ended(child: Child) -> Run {
    let output = child.wait_with_output().expect("the binary ends");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        bytes: output.stdout,
    }
}

/// Sends a signal, such as `INT`.
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
    assert!(status.expect("kill runs").success(), "no signal {name}");
}

/// Waits until `condition` holds; fails after ten seconds.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(10), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A small sandbox that lets the canary in.
pub async fn sandbox() -> Sandbox {
    sandbox_with(SandboxConfig { issues: 300, ..SandboxConfig::default() }).await
}

pub async fn sandbox_with(config: SandboxConfig) -> Sandbox {
    let credentials = Credentials { user: USER.to_owned(), token: CANARY.to_owned() };
    Sandbox::start(SandboxConfig { credentials, ..config }).await.expect("the sandbox starts")
}

/// The sandbox's connection string, with retries that don't keep a test waiting.
pub fn connection(sandbox: &Sandbox) -> String {
    connection_to(&sandbox.url())
}

/// A connection to any address, with the canary for a token.
pub fn connection_to(url: &str) -> String {
    format!("URL={url};User={USER};APIToken={CANARY};RetryDelay=0.01")
}

impl Run {
    /// It did what it should.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(self.code, Some(0), "exit code\n{}", self.stderr);
        assert!(!self.stderr.contains("error:"), "a success speaks of an error:\n{}", self.stderr);
        self.keeps_the_canary();
        self
    }

    /// It failed with `code` and said why in one paragraph on stderr that has all of `words`. Before that it said
    /// nothing but what it found and what it cost.
    #[track_caller]
    pub fn fails(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.stdout, "", "a failed run has no data\n{}", self.stderr);
        let text = self.stderr.clone();
        let before: Vec<&str> = text.lines().take_while(|line| !line.starts_with("error: ")).collect();
        let is_finding = |line: &str| line.starts_with("note: ") || line.starts_with("warning: ");
        let others: Vec<&&str> = before.iter().filter(|line| !is_finding(line)).collect();
        assert!(others.len() <= 1 && others.iter().all(|line| is_summary(line)), "{text}");
        self.fails_in_the_end(code, words)
    }

    /// The summary lines on stderr.
    pub fn summaries(&self) -> Vec<&str> {
        self.stderr.lines().filter(|line| is_summary(line)).collect()
    }

    /// As [`Self::fails`], where something may be printed before the error.
    #[track_caller]
    pub fn fails_in_the_end(self, code: i32, words: &[&str]) -> Self {
        let text = &self.stderr;
        assert_eq!(self.code, Some(code), "exit code\n{text}");
        let begins = |line: &&str| line.starts_with("error: ");
        assert_eq!(text.lines().filter(begins).count(), 1, "one error, said once:\n{text}");
        let paragraph = if text.starts_with("error: ") {
            text
        } else {
            &text[text.find("\nerror: ").expect("an error") + 1..]
        };
        assert!(!paragraph.trim_end().contains("\n\n"), "more than one paragraph:\n{text}");
        for word in words {
            assert!(paragraph.contains(word), "`{word}` is not in:\n{text}");
        }
        self.keeps_the_canary();
        self
    }

    /// No form of the token is in any output, and nothing panicked.
    #[track_caller]
    pub fn keeps_the_canary(&self) {
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            for form in canary_forms() {
                assert!(!text.contains(&form), "the token, as `{form}`, is on {name}:\n{text}");
            }
            assert!(!text.contains("panicked"), "a panic on {name}:\n{text}");
        }
    }
}

fn is_summary(line: &str) -> bool {
    line.contains(" rows, ") && line.contains(" requests (") && line.ends_with(" warnings")
}

/// Every form in which the canary is looked for: whole, in parts, and in base64 wherever it stands in a longer text.
pub fn canary_forms() -> Vec<String> {
    let mut forms = whole_forms();
    forms.extend(["canary".to_owned(), "7f/Qz".to_owned()]);
    for engine in [&STANDARD, &URL_SAFE] {
        for before in 0..3 {
            let encoded = engine.encode(format!("{}{CANARY}", "x".repeat(before)));
            // The ends of a base64 text depend on its neighbours.
            forms.push(encoded[4..20].to_owned());
        }
    }
    forms
}

/// The canary as a server or a library may write it: plain, encoded for addresses and HTML, in base64 with and without
/// its user.
pub fn whole_forms() -> Vec<String> {
    let mut forms = vec![
        CANARY.to_owned(),
        utf8_percent_encode(CANARY, NON_ALPHANUMERIC).to_string(),
        CANARY.replace('/', "%2f").replace('+', "%2b"),
        url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect(),
        CANARY.replace('&', "&amp;"),
    ];
    for engine in [&STANDARD, &URL_SAFE] {
        forms.push(engine.encode(CANARY));
        forms.push(engine.encode(format!("{USER}:{CANARY}")));
        forms.push(engine.encode(format!("Basic of someone else:{CANARY}:and more")));
    }
    forms
}
