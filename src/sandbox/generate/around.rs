//! Who watches and votes, links to elsewhere, what apps keep with issues and projects, quick filters. It draws from
//! numbers of its own, so that nothing here changes an issue otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::model::{AccountId, QuickFilter, RemoteLink, Site};

/// Tells these numbers from those that the issues are drawn from.
const STREAM: u64 = 0xa2_0b2d;

/// Percentage of issues that have links to elsewhere, and of those that have properties.
const SHARE: u32 = 12;

/// Adds to `site` what surrounds its issues, projects and boards.
pub(super) fn surround(site: &mut Site, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed ^ STREAM);
    let accounts: Vec<AccountId> = site.users.iter().map(|user| Arc::clone(&user.account_id)).collect();
    let mut link = 70_000;
    for issue in site.issues.values_mut() {
        issue.watchers = some(&mut rng, &accounts, issue.watches);
        issue.voters = some(&mut rng, &accounts, issue.votes);
        if rng.u32(0..100) < SHARE {
            for _ in 0..rng.u32(1..4) {
                link += rng.i64(1..4);
                issue.remote_links.push(remote_link(&mut rng, link, &issue.key));
            }
        }
        if rng.u32(0..100) < SHARE {
            issue.properties = properties(&mut rng);
        }
    }
    for project in &mut site.projects {
        if rng.u32(0..100) < 60 {
            project.properties = properties(&mut rng);
        }
    }
    let mut filter = 0;
    for board in site.boards.iter_mut().filter(|board| board.id % 3 == 1) {
        board.quick_filters = (0..board.id % 5)
            .map(|index| {
                filter += 1;
                quick_filter(filter, index)
            })
            .collect();
    }
}

/// So many different accounts.
fn some(rng: &mut fastrand::Rng, accounts: &[AccountId], number: i64) -> Vec<AccountId> {
    let first = rng.u32(0..u32::try_from(accounts.len().max(1)).unwrap_or(u32::MAX)) as usize;
    let number = usize::try_from(number).unwrap_or_default();
    accounts.iter().cycle().skip(first).take(number.min(accounts.len())).cloned().collect()
}

fn remote_link(rng: &mut fastrand::Rng, id: i64, key: &str) -> RemoteLink {
    let titles = ["Support ticket", "设计 \"v2\"", "=1+1", "", "How to, part 2"];
    let text = |text: &str| Some(text.to_owned());
    let application = match rng.u32(0..4) {
        0 => None,
        1 => Some((String::new(), "Wiki".to_owned())),
        _ => Some(("com.example.tracker".to_owned(), "Tracker & \"more\"".to_owned())),
    };
    RemoteLink {
        id,
        global_id: (rng.u32(0..3) > 0).then(|| format!("system=https://help.example.com/a b&id={id}")),
        application,
        relationship: [None, text(""), text("mentioned in"), text("ist verursacht durch")]
            [rng.u32(0..4) as usize]
            .clone(),
        url: format!("https://help.example.com/{id}?issue={key}&x=%20#top"),
        title: titles[rng.u32(0..5) as usize].to_owned(),
        summary: [None, text(""), text("What it is\nabout")][rng.u32(0..3) as usize].clone(),
        icon: (rng.u32(0..3) == 0)
            .then(|| ("https://help.example.com/ticket.png".to_owned(), "Ticket".to_owned())),
        resolved: [None, Some(true), Some(false)][rng.u32(0..3) as usize],
    }
}

/// One to three values by key, of all kinds of JSON.
fn properties(rng: &mut fastrand::Rng) -> BTreeMap<String, Value> {
    let number = rng.i64(0..1_000);
    let all: [(&str, Value); 6] = [
        ("request.channel.type", json!("portal")),
        ("com.example.score", json!(number)),
        ("com.example.checks", json!({"done": number, "left": [], "by": {"name": "“q”, \"r\""}})),
        ("odd key / 100% ☃", json!([1, null, {"a": 0.5}])),
        ("flag?", json!(number % 2 == 0)),
        ("empty", json!("")),
    ];
    let first = rng.u32(0..6) as usize;
    let number = 1 + rng.u32(0..3) as usize;
    let chosen = all.iter().cycle().skip(first).take(number);
    chosen.map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
}

fn quick_filter(id: i64, index: i64) -> QuickFilter {
    QuickFilter {
        id,
        name: if index == 0 { "Only \"mine\"".to_owned() } else { format!("Filter {index}") },
        jql: format!("assignee = currentUser() AND labels not in (\"late {index}\")"),
        description: if index % 2 == 0 { String::new() } else { "What I do,\nor should".to_owned() },
        position: index / 2,
    }
}
