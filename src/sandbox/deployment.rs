//! What the sandbox poses as.

/// Who runs the site that is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deployment {
    /// Jira Cloud.
    #[default]
    Cloud,
    /// Jira Data Center.
    DataCenter,
}
