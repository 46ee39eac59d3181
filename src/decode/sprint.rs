//! Sprints as Data Center writes them into an issue: not as objects but as Java's text of one,
//! `com.atlassian.greenhopper.service.sprint.Sprint@1f[id=1,rapidViewId=2,state=CLOSED,name=A,goal=]`, with members in
//! an order that differs between versions, and names and goals that may hold any of its signs. They are read as the
//! object that Cloud writes.

use serde_json::{Map, Value};

use super::scalar;

/// What the text begins with, up to the number of the Java object.
const CLASS: &str = "com.atlassian.greenhopper.service.sprint.Sprint@";

/// A member that is not set.
const NOTHING: &str = "<null>";

/// Readings of one text that are tried at most: what people write into a name can look like members in many ways.
const TRIES: usize = 10_000;

/// What the value of a member looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Word,
    Time,
    /// Whatever people write.
    Free,
}

/// The members: as the text calls them, as Cloud does (where an issue has them there), and what they hold.
const MEMBERS: [(&str, Option<&str>, Kind); 13] = [
    ("id", Some("id"), Kind::Number),
    ("rapidViewId", Some("boardId"), Kind::Number),
    ("state", Some("state"), Kind::Word),
    ("name", Some("name"), Kind::Free),
    ("startDate", Some("startDate"), Kind::Time),
    ("endDate", Some("endDate"), Kind::Time),
    ("completeDate", Some("completeDate"), Kind::Time),
    ("activatedDate", None, Kind::Time),
    ("sequence", None, Kind::Number),
    ("goal", Some("goal"), Kind::Free),
    ("synced", None, Kind::Word),
    ("autoStartStop", None, Kind::Word),
    ("incompleteIssuesDestinationId", None, Kind::Number),
];

/// The object, as JSON text, that this JSON string stands for; nothing for other values.
pub(super) fn object(text: &str) -> Option<String> {
    if !text.get(1..)?.starts_with(CLASS) {
        return None;
    }
    let text = scalar::string(text)?;
    let (_, members) = text.split_once('[')?;
    let values = Reading::of(members.strip_suffix(']')?)?;
    let mut object = Map::new();
    for (member, value) in values {
        let (name, called, _) = MEMBERS[member];
        let Some(called) = called else { continue };
        let value = match value {
            NOTHING => Value::Null,
            word if name == "state" => word.to_ascii_lowercase().into(),
            other => other.into(),
        };
        object.insert(called.to_owned(), value);
    }
    Some(Value::Object(object).to_string())
}

/// A member and its value.
type Found<'t> = Vec<(usize, &'t str)>;

/// The search for the members of a text.
struct Reading<'t> {
    text: &'t str,
    /// Where a member may begin, and which: 0, and after a comma.
    starts: Vec<(usize, usize)>,
    tries: usize,
}

impl<'t> Reading<'t> {
    /// The members of the text, each once, with values of their kinds, the first where there are several ways to read it.
    fn of(text: &'t str) -> Option<Found<'t>> {
        let after_comma = text.match_indices(',').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(after_comma).filter_map(|at| {
            let is_here =
                |name: &str| text[at..].strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
            MEMBERS.iter().position(|(name, ..)| is_here(name)).map(|member| (at, member))
        });
        let mut reading = Self { text, starts: starts.collect(), tries: 0 };
        let begins = reading.starts.first().is_some_and(|(at, _)| *at == 0);
        let mut found = vec![];
        (begins && reading.from(0, &mut found) && found.iter().any(|(m, _)| MEMBERS[*m].0 == "id"))
            .then_some(found)
    }

    /// Reads from one of the starts to the end, and adds what it reads to `found`, if that is possible.
    fn from(&mut self, start: usize, found: &mut Found<'t>) -> bool {
        let (at, member) = self.starts[start];
        let value = at + MEMBERS[member].0.len() + 1;
        let before = found.len();
        for next in start + 1..=self.starts.len() {
            self.tries += 1;
            if self.tries > TRIES {
                return false;
            }
            let end = self.starts.get(next).map_or(self.text.len(), |(at, _)| at - 1);
            let text = &self.text[value..end];
            if !fits(MEMBERS[member].2, text) {
                continue;
            }
            found.push((member, text));
            let Some((_, other)) = self.starts.get(next).copied() else { return true };
            if found.iter().all(|(taken, _)| *taken != other) && self.from(next, found) {
                return true;
            }
            found.truncate(before);
        }
        false
    }
}

/// Does a value look like this?
fn fits(kind: Kind, value: &str) -> bool {
    let all = |is: fn(u8) -> bool| !value.is_empty() && value.bytes().all(is);
    kind == Kind::Free
        || value == NOTHING
        || match kind {
            Kind::Number => all(|b| b.is_ascii_digit()),
            Kind::Word => all(|b| b.is_ascii_alphabetic()),
            _ => all(|b| b.is_ascii_digit() || b"-+:.TZ".contains(&b)),
        }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(members: &str) -> Option<Value> {
        let text = json!(format!("{CLASS}1f2e[{members}]")).to_string();
        object(&text).map(|object| serde_json::from_str(&object).unwrap())
    }

    #[test]
    fn a_sprint_reads_as_cloud_writes_it() {
        let read = read(
            "id=7,rapidViewId=3,state=CLOSED,name=Sprint 7,startDate=2026-01-02T03:04:05.678+01:00,endDate=<null>,\
             completeDate=2026-01-16T03:04:05.678Z,activatedDate=2026-01-02T03:04:05.678+01:00,sequence=7,goal=Ship it,\
             synced=false,autoStartStop=false,incompleteIssuesDestinationId=<null>",
        );
        let expected = json!({
            "id": "7", "boardId": "3", "state": "closed", "name": "Sprint 7", "goal": "Ship it",
            "startDate": "2026-01-02T03:04:05.678+01:00", "endDate": null,
            "completeDate": "2026-01-16T03:04:05.678Z",
        });
        assert_eq!(read, Some(expected));
    }

    #[test]
    fn the_order_of_members_and_which_there_are_do_not_matter() {
        let old =
            read("rapidViewId=<null>,state=FUTURE,name=Later,goal=<null>,startDate=<null>,id=9").unwrap();
        let expected = json!({
            "id": "9", "boardId": null, "state": "future", "name": "Later", "goal": null, "startDate": null,
        });
        assert_eq!(old, expected);
        assert_eq!(read("id=1,name=A").unwrap(), json!({"id": "1", "name": "A"}));
    }

    #[test]
    fn a_name_may_hold_the_signs_and_words_of_the_text() {
        for name in [
            "A, with = and , inside",
            "[x],]",
            "",
            " ",
            ",",
            "a=b,c=d",
            "x,id=4",
            "x,state=OPEN",
            "x,sequence=one",
            "x,startDate=soon,endDate=later",
            "<null>x",
            "Sprint@1[id=2,name=3]",
            "\"quoted\" \\ and\nbroken, 停",
        ] {
            let read =
                read(&format!("id=1,rapidViewId=2,state=ACTIVE,name={name},startDate=<null>,goal={name}"));
            let read = read.unwrap_or_default();
            assert_eq!([&read["name"], &read["goal"]], [&json!(name); 2], "{name}");
            assert_eq!([&read["id"], &read["state"]], [&json!("1"), &json!("active")], "{name}");
        }
    }

    #[test]
    fn what_is_no_sprint_is_nothing() {
        for members in ["", "name=A", "id=x", "id=1,state=", "1=id", "name=A,id=", "id=1,startDate=tomorrow"]
        {
            assert_eq!(read(members), None, "{members}");
        }
        for text in ["\"A\"", "\"\"", "1", "null", "{}", "\"com.example.Sprint@1[id=1]\""] {
            assert_eq!(object(text), None, "{text}");
        }
        assert_eq!(object(&json!(format!("{CLASS}1[id=1")).to_string()), None);
    }

    proptest! {
        #[test]
        fn no_text_takes_long_or_panics(parts in proptest::collection::vec(
            prop_oneof![
                Just(","), Just("="), Just("id"), Just(",id="), Just(",name="), Just(",goal="), Just(",state="),
                Just("A"), Just("7"), Just("<null>"), Just(",sequence="), Just("é"), Just("]"), Just("["),
            ],
            0..400,
        )) {
            let _ = read(&format!("id=1,name={}", parts.concat()));
        }

        #[test]
        fn a_name_without_members_in_it_comes_back(name in "[^,]{0,30}") {
            let read = read(&format!("id=1,name={name},state=CLOSED")).unwrap();
            prop_assert_eq!(&read["name"], &match name.as_str() {
                NOTHING => Value::Null,
                other => json!(other),
            });
        }
    }
}
