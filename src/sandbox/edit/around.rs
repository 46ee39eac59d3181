//! Edits to what surrounds the issues: watchers, votes, links to elsewhere, properties. None of them makes an issue
//! newer. They come beside the edits of issues and are drawn from numbers of their own.

use std::sync::Arc;

use serde_json::json;

use super::Editor;
use crate::sandbox::model::{Access, AccountId, Caller, Issue, RemoteLink, Site};

/// Percentage of edits of issues that one of these comes beside.
const SHARE: u32 = 25;

/// What was edited around the issues; an entry can stand there several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AroundLog {
    /// Who began or ceased to watch which issue.
    pub watchers_changed: Vec<(i64, AccountId)>,
    /// Who gave or took back a vote for which issue.
    pub votes_changed: Vec<(i64, AccountId)>,
    /// Ids of new links to elsewhere.
    pub remote_links_created: Vec<i64>,
    /// Ids of deleted links to elsewhere, those of deleted issues left out.
    pub remote_links_deleted: Vec<i64>,
    /// Ids of issues of which a property was set or deleted.
    pub properties_changed: Vec<i64>,
}

impl Editor {
    /// Applies one of these edits, or more often none.
    pub(super) fn apply_around(&mut self, site: &mut Site) {
        if self.around.u32(0..100) >= SHARE {
            return;
        }
        let new = site.fresh_id();
        let rng = &mut self.around;
        let Ok(users) = u32::try_from(site.users.len().max(1)) else { return };
        let Some(user) = site.users.get(rng.u32(0..users) as usize) else { return };
        let account = Arc::clone(&user.account_id);
        let Some(id) = found(rng, site) else { return };
        let Some(issue) = site.issues.get_mut(&id) else { return };
        let log = &mut self.log.around;
        match rng.u32(0..4) {
            0 => {
                issue.watches += toggle(&mut issue.watchers, &account);
                log.watchers_changed.push((id, account));
            }
            1 => {
                issue.votes += toggle(&mut issue.voters, &account);
                log.votes_changed.push((id, account));
            }
            2 if issue.remote_links.is_empty() || rng.bool() => {
                issue.remote_links.push(remote_link(new));
                log.remote_links_created.push(new);
            }
            2 => log.remote_links_deleted.push(issue.remote_links.remove(0).id),
            _ => {
                change_property(issue, new);
                log.properties_changed.push(id);
            }
        }
    }
}

/// A random issue that the caller can find and that is no long tail.
fn found(rng: &mut fastrand::Rng, site: &Site) -> Option<i64> {
    let number = u32::try_from(site.issues.len()).ok().filter(|number| *number > 0)?;
    (0..20).find_map(|_| {
        let (id, issue) = site.issues.iter().nth(rng.u32(0..number) as usize)?;
        let fit = site.access(issue, Caller::Demo) == Access::Searchable && !site.long_tails.contains(id);
        fit.then_some(*id)
    })
}

/// Takes an account off a list, or adds it; and by how much the list became longer.
fn toggle(accounts: &mut Vec<AccountId>, account: &AccountId) -> i64 {
    if let Some(index) = accounts.iter().position(|it| it == account) {
        accounts.remove(index);
        -1
    } else {
        accounts.push(Arc::clone(account));
        1
    }
}

fn remote_link(id: i64) -> RemoteLink {
    RemoteLink {
        id,
        global_id: None,
        application: None,
        relationship: None,
        url: format!("https://help.example.com/new/{id}"),
        title: format!("Linked {id}"),
        summary: None,
        icon: None,
        resolved: None,
    }
}

/// Deletes the first property, or sets one.
fn change_property(issue: &mut Issue, new: i64) {
    if new % 2 == 0 && issue.properties.pop_first().is_some() {
        return;
    }
    issue.properties.insert(format!("edited.{}", new % 7), json!({"by": new}));
}
