//! Each node of the document format.
#![expect(clippy::needless_pass_by_value, reason = "documents are written in place")]

use serde_json::{Value, json};

use super::plain_text;

fn text(content: Value) -> String {
    plain_text(&json!({"version": 1, "type": "doc", "content": content}).to_string()).unwrap_or_default()
}

fn p(text: &str) -> Value {
    json!({"type": "paragraph", "content": [{"type": "text", "text": text}]})
}

fn inline(nodes: Value) -> String {
    text(json!([{"type": "paragraph", "content": nodes}]))
}

fn node(kind: &str, content: Value) -> Value {
    json!({"type": kind, "content": content})
}

#[test]
fn an_empty_document_is_empty_text() {
    assert_eq!(plain_text(r#"{"type":"doc","version":1}"#).as_deref(), Some(""));
    assert_eq!(plain_text(r#"{"type":"doc","content":null}"#).as_deref(), Some(""));
    assert_eq!(text(json!([])), "");
    assert_eq!(text(json!([{"type": "paragraph"}])), "");
    assert_eq!(text(json!([{"type": "paragraph", "content": []}, {"type": "paragraph"}])), "");
}

#[test]
fn blocks_stand_on_lines_of_their_own_and_no_line_ends_the_text() {
    let heading =
        json!({"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Title"}]});
    let blocks = json!([heading, p("one"), {"type": "paragraph"}, p("two"), {"type": "rule"}, p("three"), {"type": "paragraph"}]);
    assert_eq!(text(blocks), "Title\none\n\ntwo\n---\nthree");
    assert_eq!(
        inline(json!([{"type": "text", "text": "a"}, {"type": "hardBreak"}, {"type": "text", "text": "b"}])),
        "a\nb"
    );
}

#[test]
fn lists_are_marked_and_indented_by_their_level() {
    let inner = node(
        "bulletList",
        json!([node("listItem", json!([p("x"), p("y")])), node("listItem", json!([p("z")]))]),
    );
    let ordered = json!({"type": "orderedList", "attrs": {"order": 9}, "content": [
        node("listItem", json!([p("a"), inner])), node("listItem", json!([p("b")]))]});
    assert_eq!(
        text(json!([p("before"), ordered, p("after")])),
        "before\n9. a\n  - x\n    y\n  - z\n10. b\nafter"
    );
    assert_eq!(text(json!([node("orderedList", json!([node("listItem", json!([p("a")]))]))])), "1. a");
    let only = node(
        "bulletList",
        json!([node("listItem", json!([node("bulletList", json!([node("listItem", json!([p("a")]))]))]))]),
    );
    assert_eq!(text(json!([only])), "- \n  - a");
}

#[test]
fn tasks_show_whether_they_are_done() {
    let task = |state: &str, text: &str| json!({"type": "taskItem", "attrs": {"localId": "1", "state": state}, "content": [{"type": "text", "text": text}]});
    let inner = node("taskList", json!([task("DONE", "b")]));
    assert_eq!(
        text(json!([node("taskList", json!([task("TODO", "a"), inner, task("DONE", "c")]))])),
        "[ ] a\n  [x] b\n[x] c"
    );
    let decision = json!({"type": "decisionItem", "attrs": {"state": "DECIDED"}, "content": [{"type": "text", "text": "d"}]});
    assert_eq!(text(json!([node("decisionList", json!([decision]))])), "- d");
}

#[test]
fn quotes_code_and_panels_keep_their_lines() {
    let code = json!({"type": "codeBlock", "attrs": {"language": "rust"}, "content": [{"type": "text", "text": "fn a() {\n    b\n}"}]});
    assert_eq!(text(json!([p("a"), code, p("b")])), "a\nfn a() {\n    b\n}\nb");
    assert_eq!(text(json!([node("blockquote", json!([p("a"), p("b")])), p("c")])), "> a\n> b\nc");
    assert_eq!(text(json!([node("blockquote", json!([code]))])), "> fn a() {\n>     b\n> }");
    assert_eq!(text(json!([node("panel", json!([p("a"), p("b")]))])), "a\nb");
}

#[test]
fn tables_are_lines_of_cells() {
    let row = |kind: &str, cells: &[Value]| {
        node("tableRow", cells.iter().map(|c| node(kind, c.clone())).collect::<Vec<_>>().into())
    };
    let table = node(
        "table",
        json!([
            row("tableHeader", &[json!([p("A")]), json!([p("B")])]),
            row("tableCell", &[json!([p("1"), p("2")]), json!([])])
        ]),
    );
    assert_eq!(text(json!([p("t"), table])), "t\nA | B\n1 2 | ");
}

#[test]
fn a_link_shows_its_address_once_unless_it_is_its_text() {
    let linked = |text: &str, href: &str, more: Value| {
        let mut marks = vec![json!({"type": "link", "attrs": {"href": href}})];
        marks.extend(more.as_array().into_iter().flatten().cloned());
        json!({"type": "text", "text": text, "marks": marks})
    };
    let strong = json!([{"type": "strong"}]);
    assert_eq!(
        inline(json!([linked("here", "https://a", json!([])), {"type": "text", "text": "!"}])),
        "here (https://a)!"
    );
    assert_eq!(inline(json!([linked("https://a", "https://a", json!([]))])), "https://a");
    assert_eq!(
        inline(json!([
            linked("he", "https://a", json!([])),
            linked("re", "https://a", strong),
            linked("x", "https://b", json!([]))
        ])),
        "here (https://a)x (https://b)"
    );
    assert_eq!(inline(json!([{"type": "text", "text": "b", "marks": [{"type": "strong"}]}])), "b");
}

#[test]
fn inline_nodes_show_what_a_reader_sees() {
    for (attributes, shown) in [
        (json!({"type": "mention", "attrs": {"id": "5b", "text": "@Ada"}}), "@Ada"),
        (json!({"type": "mention", "attrs": {"id": "5b", "text": ""}}), "@5b"),
        (json!({"type": "emoji", "attrs": {"shortName": ":grin:", "text": "😀"}}), "😀"),
        (json!({"type": "emoji", "attrs": {"shortName": ":grin:"}}), ":grin:"),
        (json!({"type": "inlineCard", "attrs": {"url": "https://a"}}), "https://a"),
        (
            json!({"type": "inlineCard", "attrs": {"data": {"@type": "Document", "url": "https://b"}}}),
            "https://b",
        ),
        (json!({"type": "date", "attrs": {"timestamp": "1582152559000"}}), "2020-02-19"),
        (json!({"type": "date", "attrs": {"timestamp": -1}}), "1969-12-31"),
        (json!({"type": "status", "attrs": {"text": "In Progress", "color": "yellow"}}), "In Progress"),
        (json!({"type": "placeholder", "attrs": {"text": "type here"}}), "type here"),
        (json!({"type": "mediaInline", "attrs": {"id": "6e7c"}}), "[6e7c]"),
        (json!({"type": "inlineExtension", "attrs": {"text": "macro"}}), "macro"),
        (json!({"type": "inlineExtension", "attrs": {"parameters": {"title": "m"}}}), "m"),
        (json!({"type": "unheardOf", "content": [{"type": "text", "text": "u"}]}), "u"),
        (json!({"type": "mention", "attrs": {"text": 5, "id": null}}), "5"),
        (json!({"type": "mention"}), ""),
    ] {
        let around = json!([{"type": "text", "text": "<"}, attributes, {"type": "text", "text": ">"}]);
        assert_eq!(inline(around), format!("<{shown}>"));
    }
}

#[test]
fn block_nodes_show_what_a_reader_sees() {
    let media = |attributes: Value| json!({"type": "media", "attrs": attributes});
    for (block, shown) in [
        (node("mediaSingle", json!([media(json!({"id": "1", "alt": "a.png"}))])), "a.png"),
        (
            node(
                "mediaSingle",
                json!([media(json!({"id": "1"})), node("caption", json!([{"type": "text", "text": "c"}]))]),
            ),
            "[1]\nc",
        ),
        (node("mediaGroup", json!([media(json!({"id": "1"})), media(json!({"id": "2"}))])), "[1]\n[2]"),
        (json!({"type": "blockCard", "attrs": {"url": "https://a"}}), "https://a"),
        (json!({"type": "embedCard", "attrs": {"url": "https://a", "layout": "wide"}}), "https://a"),
        (json!({"type": "expand", "attrs": {"title": "More"}, "content": [p("a")]}), "More\na"),
        (json!({"type": "nestedExpand", "attrs": {"title": ""}, "content": [p("a")]}), "a"),
        (
            node(
                "layoutSection",
                json!([node("layoutColumn", json!([p("a")])), node("layoutColumn", json!([p("b")]))]),
            ),
            "a\nb",
        ),
        (json!({"type": "extension", "attrs": {"extensionKey": "k", "text": "e"}}), "e"),
        (
            json!({"type": "bodiedExtension", "attrs": {"extensionKey": "k"}, "content": [p("a"), p("b")]}),
            "a\nb",
        ),
        (node("unheardOf", json!([p("a"), node("unheardOf", json!([p("b")]))])), "a\nb"),
    ] {
        assert_eq!(text(json!([p("before"), block, p("after")])), format!("before\n{shown}\nafter"));
    }
    let nothing = json!({"type": "extension", "attrs": {"extensionKey": "k"}});
    assert_eq!(text(json!([p("before"), nothing, p("after")])), "before\nafter");
}

#[test]
fn what_is_no_document_is_none() {
    for json in [
        "{}",
        "[]",
        "1",
        r#"{"type":5}"#,
        r#"{"type":"doc","content":{}}"#,
        r#"{"type":"doc","content":["x"]}"#,
    ] {
        assert_eq!(plain_text(json), None, "{json}");
    }
    let half =
        r#"{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"a\ud83d"}]}]}"#;
    assert_eq!(plain_text(half), None, "text that is no Unicode must not be dropped");
}

/// The nodes of the document format's JSON schema (version 1, all stages), each with something to read in it.
#[test]
fn every_node_of_the_schema_is_read() {
    let inner = json!([p("in")]);
    let attributes = |kind: &str, attrs: Value| json!({"type": kind, "attrs": attrs});
    let listed = |list: &str, item: &str| node(list, json!([node(item, inner.clone())]));
    let row = |cell: &str| node("table", json!([node("tableRow", json!([node(cell, inner.clone())]))]));
    let in_text = |inline: Value| node("paragraph", json!([inline]));
    let nodes = [
        (attributes("blockCard", json!({"url": "https://a.example"})), "https://a.example"),
        (node("blockquote", inner.clone()), "> in"),
        (node("bodiedExtension", inner.clone()), "in"),
        (node("bodiedSyncBlock", inner.clone()), "in"),
        (listed("bulletList", "listItem"), "- in"),
        (node("mediaSingle", json!([node("caption", json!([{"type": "text", "text": "in"}]))])), "in"),
        (node("codeBlock", json!([{"type": "text", "text": "a\nb"}])), "a\nb"),
        (in_text(attributes("date", json!({"timestamp": "1767225600000"}))), "2026-01-01"),
        (
            node("decisionList", json!([node("decisionItem", json!([{"type": "text", "text": "in"}]))])),
            "- in",
        ),
        (attributes("embedCard", json!({"url": "https://a.example", "layout": "wide"})), "https://a.example"),
        (in_text(attributes("emoji", json!({"shortName": ":smile:", "text": "😄"}))), "😄"),
        (json!({"type": "expand", "attrs": {"title": "More"}, "content": inner}), "More\nin"),
        (attributes("extension", json!({"extensionKey": "k", "text": "in"})), "in"),
        (node("multiBodiedExtension", json!([node("extensionFrame", inner.clone())])), "in"),
        (in_text(json!({"type": "hardBreak"})), "\n"),
        (
            json!({"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "in"}]}),
            "in",
        ),
        (
            in_text(attributes("inlineCard", json!({"data": {"@id": "https://a.example"}}))),
            "https://a.example",
        ),
        (in_text(attributes("inlineExtension", json!({"parameters": {"text": "in"}}))), "in"),
        (
            node(
                "layoutSection",
                json!([node("layoutColumn", inner.clone()), node("layoutColumn", inner.clone())]),
            ),
            "in\nin",
        ),
        (node("mediaGroup", json!([attributes("media", json!({"id": "m1", "type": "file"}))])), "[m1]"),
        (in_text(attributes("mediaInline", json!({"id": "m1", "alt": "a plan"}))), "a plan"),
        (in_text(attributes("mention", json!({"id": "x", "text": "@Zoë"}))), "@Zoë"),
        (node("nestedExpand", inner.clone()), "in"),
        (listed("orderedList", "listItem"), "1. in"),
        (node("panel", inner.clone()), "in"),
        (in_text(attributes("placeholder", json!({"text": "type here"}))), "type here"),
        (json!({"type": "rule"}), "---"),
        (in_text(attributes("status", json!({"text": "DONE", "color": "green"}))), "DONE"),
        // What it shows is on another page.
        (attributes("syncBlock", json!({"resourceId": "r"})), ""),
        (row("tableCell"), "in"),
        (row("tableHeader"), "in"),
        (
            node(
                "taskList",
                json!([{"type": "taskItem", "attrs": {"state": "DONE"}, "content": [{"type": "text", "text": "in"}]}]),
            ),
            "[x] in",
        ),
        (
            node(
                "taskList",
                json!([{"type": "blockTaskItem", "attrs": {"state": "TODO"}, "content": [p("in")]}]),
            ),
            "[ ] in",
        ),
    ];
    for (content, expected) in nodes {
        let shown = text(json!([content.clone()]));
        assert_eq!(shown, expected.trim_end_matches('\n'), "{content}");
        let between = text(json!([p("before"), content.clone(), p("after")]));
        assert!(between.starts_with("before\n") && between.ends_with("\nafter"), "{content}: {between}");
    }
}
