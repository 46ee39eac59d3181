//! `*` and `t.*`: hidden columns stay out, and `USING` columns come once.
//!
//! DataFusion resolves the names of `* EXCLUDE (…)` over all relations at once, and calls a name that two of
//! them have ambiguous; the USING column that it keeps depends on the relations' alphabetical order, which in
//! an outer join can be the side without a value. So `*` over several relations becomes one `t.* EXCLUDE (…)`
//! for each, wherever that makes a difference.

use datafusion::error::Result;
use datafusion::sql::sqlparser::ast::{
    ExcludeSelectItem, Ident, ObjectName, ObjectNamePart, ReplaceSelectItem, SelectItem,
    SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
};

use super::rewrite::Walker;
use super::scope::{Column, Source, exact};

type Expanded = (Vec<SelectItem>, Option<Vec<Column>>);

impl Walker<'_> {
    /// Rewrites one wildcard item; returns what takes its place and the columns that it stands for.
    pub(super) fn wildcard(&mut self, item: SelectItem) -> Result<Expanded> {
        match item {
            SelectItem::Wildcard(mut options) => {
                self.expressions(&mut options.opt_replace)?;
                let names = take_excluded(&mut options);
                Ok(self.star(&names, options))
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), mut options) => {
                self.expressions(&mut options.opt_replace)?;
                let names = take_excluded(&mut options);
                Ok(self.qualified_star(name, &names, options))
            }
            other => Ok((vec![other], None)),
        }
    }

    fn star(&self, names: &[ObjectName], mut options: WildcardAdditionalOptions) -> Expanded {
        let sources = &self.scope().sources;
        let outputs: Option<Vec<Column>> = sources
            .iter()
            .map(|source| {
                source.columns.as_ref().map(|_| shown(source, &left_out(source, names, Using::Once)))
            })
            .collect::<Option<Vec<_>>>()
            .map(|columns| columns.concat());

        let matters = !names.is_empty() || sources.iter().any(|s| !left_out(s, &[], Using::Once).is_empty());
        let qualifiable = sources.iter().all(|source| !source.path.is_empty());
        if sources.len() < 2 || !matters || !qualifiable {
            let mut all: Vec<Ident> =
                sources.iter().flat_map(|source| left_out(source, names, Using::Each)).collect();
            all.extend(unknown(sources, names));
            options.opt_replace = spelled(options.opt_replace, sources);
            options.opt_exclude = exclude(all);
            return (vec![SelectItem::Wildcard(options)], outputs);
        }
        let mut items = Vec::new();
        for (n, source) in sources.iter().enumerate() {
            let mut leave_out = left_out(source, names, Using::Once);
            if n == 0 {
                // The planner's error about a column that no relation has is the right one.
                leave_out.extend(unknown(sources, names));
            }
            let mut options = options.clone();
            options.opt_replace = spelled(options.opt_replace, std::slice::from_ref(source));
            options.opt_exclude = exclude(leave_out);
            items.push(SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(ObjectName::from(source.path.clone())),
                options,
            ));
        }
        (items, outputs)
    }

    fn qualified_star(
        &self,
        mut name: ObjectName,
        names: &[ObjectName],
        mut options: WildcardAdditionalOptions,
    ) -> Expanded {
        let mut parts: Vec<Ident> = name.0.iter().filter_map(ObjectNamePart::as_ident).cloned().collect();
        let found = self.scopes.iter().rev().flat_map(|scope| &scope.sources).find(|s| s.answers_to(&parts));
        let Some(source) = found else {
            options.opt_exclude = multiple(names.to_vec());
            let kind = SelectItemQualifiedWildcardKind::ObjectName(name);
            return (vec![SelectItem::QualifiedWildcard(kind, options)], None);
        };
        source.spell_qualifier(&mut parts);
        name = ObjectName::from(parts);
        let mut leave_out = left_out(source, names, Using::Each);
        leave_out.extend(unknown(std::slice::from_ref(source), names));
        let outputs = source.columns.as_ref().map(|_| shown(source, &leave_out));
        options.opt_replace = spelled(options.opt_replace, std::slice::from_ref(source));
        options.opt_exclude = exclude(leave_out);
        let kind = SelectItemQualifiedWildcardKind::ObjectName(name);
        (vec![SelectItem::QualifiedWildcard(kind, options)], outputs)
    }
}

/// Whether the columns of a `USING` join come once (`*`) or with each relation (`t.*`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Using {
    Once,
    Each,
}

/// The columns of one relation that a wildcard does not show.
fn left_out(source: &Source, names: &[ObjectName], using: Using) -> Vec<Ident> {
    let given: Vec<&str> =
        names.iter().filter_map(single).filter_map(|n| source.column(n)).map(|c| &*c.name).collect();
    let hides = |column: &&Column| {
        column.hidden
            || given.contains(&column.name.as_str())
            || (using == Using::Once && source.merged.contains(&column.name))
    };
    source.columns().iter().filter(hides).map(|column| exact(&column.name)).collect()
}

/// The names after EXCLUDE that no relation has, or that are no plain names: for the planner to refuse.
fn unknown<'a>(sources: &'a [Source], names: &'a [ObjectName]) -> impl Iterator<Item = Ident> + 'a {
    let known = |name: &Ident| sources.iter().any(|source| source.column(name).is_some());
    names.iter().filter_map(single).filter(move |name| !known(name)).cloned()
}

fn single(name: &ObjectName) -> Option<&Ident> {
    name.0.last().and_then(ObjectNamePart::as_ident)
}

fn shown(source: &Source, left_out: &[Ident]) -> Vec<Column> {
    let is_shown = |column: &&Column| !left_out.iter().any(|name| name.value == column.name);
    source.columns().iter().filter(is_shown).cloned().collect()
}

/// The names of EXCLUDE and of EXCEPT, which mean the same.
fn take_excluded(options: &mut WildcardAdditionalOptions) -> Vec<ObjectName> {
    let mut names = match options.opt_exclude.take() {
        Some(ExcludeSelectItem::Single(name)) => vec![name],
        Some(ExcludeSelectItem::Multiple(names)) => names,
        None => Vec::new(),
    };
    if let Some(except) = options.opt_except.take() {
        names.push(except.first_element.into());
        names.extend(except.additional_elements.into_iter().map(ObjectName::from));
    }
    names
}

fn exclude(names: Vec<Ident>) -> Option<ExcludeSelectItem> {
    // DataFusion refuses a name that is given twice.
    let mut unique: Vec<Ident> = Vec::with_capacity(names.len());
    for name in names {
        if !unique.iter().any(|known| known.value == name.value) {
            unique.push(name);
        }
    }
    multiple(unique.into_iter().map(ObjectName::from).collect())
}

fn multiple(names: Vec<ObjectName>) -> Option<ExcludeSelectItem> {
    (!names.is_empty()).then_some(ExcludeSelectItem::Multiple(names))
}

/// `REPLACE (… AS column)` with the columns' own spelling, which DataFusion compares exactly.
fn spelled(replace: Option<ReplaceSelectItem>, sources: &[Source]) -> Option<ReplaceSelectItem> {
    let mut replace = replace?;
    for item in &mut replace.items {
        let column = sources.iter().find_map(|source| source.column(&item.column_name));
        if let Some(column) = column {
            item.column_name = exact(&column.name);
        }
    }
    Some(replace)
}
