//! Checks the access paths of a table file: every name resolved, every argument with a place to go.

use std::ops::Range;

use toml::Spanned;

use super::check::{Mistake, find, is_key_type, listing, members_of, mistake, reference};
use super::file::{CountFile, JqlFile, KeysFile, PathFile, Words};
use super::model::{
    AccessPath, Column, Companion, Complete, CountRequest, Destination, KeySource, Keyed, Larger, Members,
    Method, NoRows, OnlyListed, OuterColumn, Paging, Path, RowsPath, Search, Source,
};
use super::places::{self, OwnPlace};
use super::{nearest, parameters};

/// The file's paths, checked by themselves and against one another.
pub(super) fn checked(
    file: &[Spanned<PathFile>],
    columns: &[Column],
    key: &[usize],
) -> Result<Vec<AccessPath>, Mistake> {
    let paths = file.iter().map(|p| path(p, columns, file)).collect::<Result<Vec<_>, _>>()?;
    for (path, spanned) in paths.iter().zip(file) {
        let at = spanned.span();
        deployed(&at, path, &paths)?;
        if let Some(complete) = &path.complete {
            let rest = paths[complete.otherwise].needs.as_ref();
            if !path.outer.iter().any(|o| o.column == complete.column)
                || !rest.is_some_and(|n| n.batch == 1 && n.columns.contains(&complete.column))
            {
                let column = &columns[complete.column].name;
                return mistake(
                    at,
                    format!(
                        "`complete`: `outer` must give `{column}`, and the other path need it with `batch = 1`"
                    ),
                );
            }
        }
        if let Some(Keyed { columns: needed, keys: Some(KeySource::Path(source)), .. }) = &path.needs
            && (Some(key) != needed.get(..1) || !key.iter().all(|k| paths[*source].provides.contains(k)))
        {
            return mistake(
                at,
                "`keys` from a path of this table must be its key, which `needs` names first",
            );
        }
    }
    Ok(paths)
}

/// A path must be able to go on wherever it begins.
fn deployed(at: &Range<usize>, path: &AccessPath, all: &[AccessPath]) -> Result<(), Mistake> {
    if path.deployments.is_empty() {
        return mistake(at.clone(), "`deployments` is empty; name `cloud`, `data_center`, or both");
    }
    let keys = match path.needs.as_ref().and_then(|n| n.keys.as_ref()) {
        Some(KeySource::Path(source)) => Some(*source),
        _ => None,
    };
    for other in keys.into_iter().chain(path.complete.as_ref().map(|c| c.otherwise)).map(|i| &all[i]) {
        if let Some(missing) = path.deployments.iter().find(|d| !other.deployments.contains(d)) {
            let (name, other, missing) = (&path.name, &other.name, missing.word());
            return mistake(
                at.clone(),
                format!(
                    "path `{name}` is there on {missing}, where path `{other}`, which it goes on with, is not"
                ),
            );
        }
    }
    Ok(())
}

fn path(
    spanned: &Spanned<PathFile>,
    columns: &[Column],
    all: &[Spanned<PathFile>],
) -> Result<AccessPath, Mistake> {
    let at = spanned.span();
    let p = spanned.get_ref();
    if all.iter().filter(|other| other.get_ref().name == p.name).count() > 1 {
        return mistake(at, format!("two paths are named `{}`", p.name));
    }
    let (method, address) = request(&at, &p.request)?;
    let page_size = match (p.paging, p.page_size) {
        (Paging::Single, None) => usize::MAX,
        (Paging::Single, Some(_)) => return mistake(at, "`page_size` without `paging`"),
        (_, Some(n)) if n > 0 => n,
        _ => return mistake(at, format!("path `{}` pages, so it needs `page_size`", p.name)),
    };
    let rows = rows(&at, &p.rows, p.only.as_deref())?;
    let from = places::checked(&at, &p.from, columns, &rows)?;
    let outer = p.outer.iter().map(|(column, from)| outer(&at, columns, &rows, column, from));
    let outer = outer.collect::<Result<Vec<_>, Mistake>>()?;
    let needs = needs(&at, p, columns, all, (method, address))?;
    let parameters = parameters::checked(&at, p, method, columns, needs.as_ref())?;
    let provides = provides(&at, p, columns, (&from, &outer), needs.as_ref())?;
    let listed = listed(&at, p, columns, needs.as_ref(), &provides)?;
    let complete = match &p.complete {
        None => None,
        Some(c) => Some(Complete {
            total: members_of(&c.total),
            cut: c.cut,
            otherwise: path_index(&at, &c.otherwise, all)?,
            column: find(columns, &at, &c.column)?,
        }),
    };
    if rows.arrays.len() >= 2 && complete.is_none() != p.whole {
        return mistake(
            at,
            "lists inside records may be cut short: say in `complete` where their true length is, or `whole = true` where they never are",
        );
    }
    if complete.is_some() && rows.arrays.len() < 2 || p.whole && rows.arrays.len() < 2 {
        return mistake(
            at,
            "`complete` is for lists inside the records of a list, and `whole` for no other rows",
        );
    }
    if p.empty_beside.is_some() && rows.arrays.is_empty() {
        return mistake(at, "`empty_beside` is for answers that hold a list of rows");
    }
    if p.exists.as_ref().is_some_and(|e| !e.starts_with('/') || !e.contains("{key}")) {
        return mistake(at, "`exists` must read `/address/{key}`, with `?name=value` if need be");
    }
    let names = |c: &usize| columns[*c].source == Source::Member;
    if rows.members.is_none() && provides.iter().any(names) {
        return mistake(
            at,
            "a `member` column needs rows that are members of an object: `rows = \"object{}\"`",
        );
    }
    let counts = |c: &usize| columns[*c].source == Source::Position;
    if p.paging != Paging::Single && rows.arrays.len() < 2 && provides.iter().any(counts) {
        return mistake(
            at,
            "a `position` starts anew on every page: a path that pages can give it inside records only",
        );
    }
    let search = p.jql.as_ref().map(|jql| search(&at, jql, method)).transpose()?;
    let count = match &p.count {
        None => None,
        Some(_) if search.is_none() || p.needs.is_some() => {
            return mistake(at, "`count` is for paths that `jql` restricts and that need no keys");
        }
        Some(c) => Some(count_request(&at, c)?),
    };
    Ok(AccessPath {
        name: p.name.clone(),
        about: p.about.clone(),
        deployments: p.deployments.clone(),
        method,
        address: address.to_owned(),
        query: p.query.iter().flat_map(|(k, v)| words(k, v)).collect(),
        body: p.body.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        rows,
        paging: p.paging,
        page_size,
        parameters,
        reach: p.reach,
        provides,
        from,
        outer,
        asks: p.asks.as_ref().map(|a| argument(&at, a, method)).transpose()?,
        needs,
        listed,
        complete,
        search,
        count,
        candidates: p.candidates,
        no_rows: p.no_rows.as_ref().map(|n| NoRows { status: n.status, message: n.message.to_lowercase() }),
        points: p.points,
        exists: p.exists.clone(),
        empty_beside: p.empty_beside.clone(),
    })
}

/// The column whose values must be listed: one that the path is asked by, or gives.
fn listed(
    at: &Range<usize>,
    p: &PathFile,
    columns: &[Column],
    needs: Option<&Keyed>,
    provides: &[usize],
) -> Result<Option<OnlyListed>, Mistake> {
    let Some(file) = &p.listed else { return Ok(None) };
    let column = find(columns, at, &file.column)?;
    let is_there = |needs: &Keyed| needs.columns.contains(&column) || provides.contains(&column);
    match needs.is_some_and(is_there) && is_key_type(&columns[column].data_type) {
        true => Ok(Some(OnlyListed { column, by: reference(at, "`by` of `listed`", &file.by)? })),
        false => mistake(
            at.clone(),
            "`listed` is for paths with `needs`, and its column an `int64` or `text` that they need or give",
        ),
    }
}

fn search(at: &Range<usize>, jql: &JqlFile, method: Method) -> Result<Search, Mistake> {
    Ok(Search {
        at: argument(at, &jql.at, method)?,
        all: jql.all.clone(),
        order: jql.order.clone(),
        fields: jql.fields.as_ref().map(|request| listing(at, request)).transpose()?,
    })
}

fn count_request(at: &Range<usize>, c: &CountFile) -> Result<CountRequest, Mistake> {
    let (method, address) = request(at, &c.request)?;
    let body = c.body.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let (at, value) = (argument(at, &c.at, method)?, members_of(&c.value));
    Ok(CountRequest { method, address: address.to_owned(), at, body, value })
}

fn request<'p>(at: &Range<usize>, text: &'p str) -> Result<(Method, &'p str), Mistake> {
    match text.split_once(' ') {
        Some(("GET", address)) if address.starts_with('/') => Ok((Method::Get, address)),
        Some(("POST", address)) if address.starts_with('/') => Ok((Method::Post, address)),
        _ => mistake(at.clone(), "`request` must read `GET /address` or `POST /address`"),
    }
}

fn words(name: &str, words: &Words) -> Vec<(String, String)> {
    match words {
        Words::One(word) => vec![(name.to_owned(), word.clone())],
        Words::Several(words) => words.iter().map(|w| (name.to_owned(), w.clone())).collect(),
    }
}

fn rows(at: &Range<usize>, text: &str, only: Option<&str>) -> Result<RowsPath, Mistake> {
    let (lists, is_object) = match text.strip_suffix("{}") {
        Some(lists) => (lists, true),
        None => (text, false),
    };
    if only.is_some() && !is_object {
        return mistake(
            at.clone(),
            "`only` is for rows that are members of an object: `rows = \"object{}\"`",
        );
    }
    let mut arrays: Vec<Path> = lists.split("[]").map(members_of).collect();
    let rest = match is_object {
        true => None,
        false => arrays.pop(),
    };
    let well_formed = rest.is_none_or(|rest| rest.is_empty())
        && arrays.iter().skip(1).all(|inner| !inner.is_empty())
        && !lists.contains("{}");
    match well_formed {
        true => {
            let members = is_object.then(|| Members { prefix: only.unwrap_or_default().to_owned() });
            Ok(RowsPath { arrays, members })
        }
        false => mistake(
            at.clone(),
            "`rows` must read `list[]`, `list[].list[]` and so on, `[]`, `object{}` at the end, or be empty",
        ),
    }
}

/// A column of a record around the row: `id` of the outermost one, `changeHistories[].id` of one further in.
fn outer(
    at: &Range<usize>,
    columns: &[Column],
    rows: &RowsPath,
    column: &str,
    from: &str,
) -> Result<OuterColumn, Mistake> {
    let column = find(columns, at, column)?;
    let mut steps: Vec<Path> = from.split("[]").map(members_of).collect();
    let from = steps.pop().unwrap_or_default();
    let level = steps.len();
    let inner = rows.arrays.get(1..).unwrap_or_default();
    match level < inner.len() && steps == inner[..level] {
        true => Ok(OuterColumn { column, level, from }),
        false => mistake(
            at.clone(),
            "`outer` names members of a record that holds the rows' list, such as `id` for rows `issues[].comments[]`",
        ),
    }
}

fn destination(at: &Range<usize>, text: &str, method: Method) -> Result<Destination, Mistake> {
    match text.split_once('.') {
        Some(("query", name)) => Ok(Destination::Query(name.to_owned())),
        Some(("joined", name)) => Ok(Destination::Joined(name.to_owned())),
        Some(("body", name)) if method == Method::Post => Ok(Destination::Body(name.to_owned())),
        Some(("jql", name)) if !name.is_empty() => Ok(Destination::Jql(name.to_owned())),
        Some(("body", _)) => mistake(at.clone(), format!("`{text}`: a GET has no body")),
        None if text == "path" => Ok(Destination::Address),
        _ => mistake(
            at.clone(),
            format!(
                "`{text}` is no place in a request: write `query.NAME`, `joined.NAME`, `body.NAME`, `jql.FIELD` or `path`"
            ),
        ),
    }
}

/// A place for what is no key.
fn argument(at: &Range<usize>, text: &str, method: Method) -> Result<Destination, Mistake> {
    match destination(at, text, method)? {
        Destination::Address | Destination::Jql(_) => {
            mistake(at.clone(), "only a key can stand in the path or in the JQL")
        }
        place => Ok(place),
    }
}

fn needs(
    at: &Range<usize>,
    p: &PathFile,
    columns: &[Column],
    all: &[Spanned<PathFile>],
    (method, address): (Method, &str),
) -> Result<Option<Keyed>, Mistake> {
    let Some(n) = &p.needs else {
        if p.keys.is_some() {
            return mistake(at.clone(), "`keys` without `needs`");
        }
        return match address.contains('{') {
            true => mistake(
                at.clone(),
                "the address has a `{Column}`, so the path needs `needs = { … at = \"path\" }`",
            ),
            false => Ok(None),
        };
    };
    let needed = n.columns.iter().map(|c| find(columns, at, c)).collect::<Result<Vec<_>, _>>()?;
    if let Some(c) = needed.iter().find(|c| !is_key_type(&columns[**c].data_type)) {
        return mistake(
            at.clone(),
            format!("`needs`: column `{}` must be `int64` or `text`", columns[*c].name),
        );
    }
    let into = destination(at, &n.at, method)?;
    let name = match (n.columns.first(), &n.parent) {
        (Some(column), None) => column.clone(),
        (None, Some(parent)) if p.keys.as_ref().is_some_and(|k| k.table.is_some()) => parent.clone(),
        (None, Some(_)) => return mistake(at.clone(), "`parent` needs `keys = { table = …, column = … }`"),
        _ => return mistake(at.clone(), "`needs` must name `columns`, or a `parent` that is no column"),
    };
    if matches!(into, Destination::Jql(_)) && p.jql.is_none() {
        return mistake(at.clone(), "keys in the JQL need `jql = { at = …, order = … }`");
    }
    let mut with = vec![];
    for (column, place) in &n.with {
        let index = find(columns, at, column)?;
        if !is_key_type(&columns[index].data_type) || n.batch != 1 || needed.contains(&index) {
            return mistake(
                at.clone(),
                format!("`with`: `{column}` must be another `int64` or `text` column, and `batch` be 1"),
            );
        }
        let to = destination(at, place, method)?;
        if to == Destination::Address && !address.contains(&format!("{{{column}}}")) {
            return mistake(at.clone(), format!("`with`: the address has no `{{{column}}}`"));
        }
        with.push(Companion { column: index, name: column.clone(), at: to });
    }
    if n.batch == 0 {
        return mistake(at.clone(), "`batch` must be at least one");
    }
    let larger =
        n.larger.as_ref().map(|it| Larger { batch: it.batch, asks: it.asks, unless: it.unless.clone() });
    let fits = |it: &Larger| {
        it.batch > n.batch
            && n.batch > 1
            && p.paging == Paging::Single
            && it.asks.is_some() == p.asks.is_some()
    };
    if !larger.as_ref().is_none_or(fits) {
        return mistake(
            at.clone(),
            "`larger` is for more keys than a `batch` of several, of a path that does not page; it says `asks` where the path does",
        );
    }
    if into == Destination::Address && (n.batch != 1 || !address.contains(&format!("{{{name}}}"))) {
        return mistake(
            at.clone(),
            format!("a key in the path needs `batch = 1` and `{{{name}}}` in the address"),
        );
    }
    let keys = match &p.keys {
        None => None,
        Some(KeysFile { path: Some(path), table: None, column: None, with: along })
            if along.is_empty() && with.is_empty() =>
        {
            Some(KeySource::Path(path_index(at, path, all)?))
        }
        Some(KeysFile { path: None, table: Some(table), column: Some(column), with: along }) => {
            if !with.iter().map(|c| &c.name).eq(along.keys()) {
                return mistake(
                    at.clone(),
                    "`keys`: `with` must name the columns that `needs` has in its `with`",
                );
            }
            let with = along.values().cloned().collect();
            Some(KeySource::Table { table: table.clone(), column: column.clone(), with })
        }
        Some(_) => {
            return mistake(
                at.clone(),
                "`keys` must read `{ path = \"…\" }` (of a path without `with`) or `{ table = \"…\", column = \"…\" }`",
            );
        }
    };
    Ok(Some(Keyed { columns: needed, name, at: into, batch: n.batch, larger, with, keys }))
}

fn path_index(at: &Range<usize>, name: &str, all: &[Spanned<PathFile>]) -> Result<usize, Mistake> {
    match all.iter().position(|p| p.get_ref().name == name) {
        Some(i) => Ok(i),
        None => mistake(
            at.clone(),
            match nearest(name, all.iter().map(|p| p.get_ref().name.as_str())) {
                Some(near) => format!("no path `{name}` in this file; did you mean `{near}`?"),
                None => format!("no path `{name}` in this file"),
            },
        ),
    }
}

/// All columns that are in the row's record, in the record around it, where the path says, or the one key that a request
/// asks for.
fn provides(
    at: &Range<usize>,
    p: &PathFile,
    columns: &[Column],
    (from, outer): (&[OwnPlace], &[OuterColumn]),
    needs: Option<&Keyed>,
) -> Result<Vec<usize>, Mistake> {
    if let Some(named) = &p.provides {
        return named.iter().map(|c| find(columns, at, c)).collect();
    }
    let says = |i: usize| from.iter().any(|it| it.column == i) || outer.iter().any(|it| it.column == i);
    let along = |n: &Keyed, i: usize| n.with.iter().any(|c| c.column == i);
    let asked = |i: usize| needs.is_some_and(|n| n.batch == 1 && n.columns == [i] || along(n, i));
    Ok((0..columns.len()).filter(|&i| columns[i].source.is_in_record() || says(i) || asked(i)).collect())
}
