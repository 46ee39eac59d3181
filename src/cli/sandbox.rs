//! `jirrow sandbox` and `--sandbox`: the one place that starts the embedded look-alike. It is talked to over HTTP.

use std::time::Duration;

use super::arguments;
use super::{Failure, print, say};
use crate::sandbox::{
    Answers, Deployment, Quota, QuotaForce, QuotaScope, QuotaWindow, RateLimit, Sandbox, SandboxConfig,
};

/// The sandbox of `--sandbox`: its defaults, on a free port.
pub(super) async fn start() -> Result<Sandbox, Failure> {
    Sandbox::start(SandboxConfig::default()).await.map_err(Failure::failed)
}

pub(super) async fn run(command: &arguments::Sandbox) -> Result<(), Failure> {
    for (name, rate) in [("--faults", command.faults), ("--edits", command.edits)] {
        if !(0.0..=1.0).contains(&rate) {
            return Err(Failure::usage(format!("`{name} {rate}` is out of range; write a rate from 0 to 1")));
        }
    }
    let config = SandboxConfig {
        deployment: match command.deployment {
            arguments::Deployment::Cloud => Deployment::Cloud,
            arguments::Deployment::DataCenter => Deployment::DataCenter,
        },
        port: command.port,
        seed: command.seed,
        issues: command.issues,
        latency: Duration::from_millis(command.latency),
        faults: command.faults,
        edits: command.edits,
        rate_limit: rate_limit(command),
        custom_fields: command.custom_fields,
        answers: if command.keep_answers { Answers::Kept } else { Answers::Fresh },
        ..SandboxConfig::default()
    };
    let sandbox = Sandbox::start(config).await.map_err(Failure::failed)?;
    print(&format!("{}\n", sandbox.connection_string()))?;
    say(&format!(
        "serving {} issues until Ctrl-C; GET {}/__sandbox/requests lists what was asked",
        command.issues,
        sandbox.url()
    ));
    std::future::pending::<()>().await;
    Ok(())
}

/// The limits that are asked for; a quota alone is one, too.
fn rate_limit(command: &arguments::Sandbox) -> Option<RateLimit> {
    let quota = |points| Quota {
        points,
        window: QuotaWindow::Hour,
        scope: QuotaScope::Global,
        force: QuotaForce::Enforced,
    };
    let is_limited = command.rate_limit || command.quota.is_some();
    is_limited.then(|| RateLimit { quota: command.quota.map(quota), ..RateLimit::default() })
}
