//! Local files as tables: `FROM 'issues.parquet'`, `FROM 'folder/'`, `FROM 'logs/*.csv'`. A table name that looks like a
//! path is one; it is opened with [`Access::Local`] only, and only on this machine.

use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, plan_datafusion_err, plan_err};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::datasource::{MemTable, ViewTable, provider_as_source, source_as_provider};
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::functions::core::expr_fn::nullif;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, lit};
use datafusion::object_store::ObjectStore;
use futures::StreamExt;
use url::Url;

use super::access::{self, Access};
use super::sys::SystemTable;
use super::table::RestTable;
use crate::sink::NULL_PARTITION;

/// The extensions of files that can be read, with what they hold.
const KINDS: [(&str, Kind); 6] = [
    ("parquet", Kind::Parquet),
    ("csv", Kind::Csv),
    ("json", Kind::Json),
    ("ndjson", Kind::Ndjson),
    ("jsonl", Kind::Ndjson),
    ("arrow", Kind::Arrow),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Parquet,
    Csv,
    Json,
    Ndjson,
    Arrow,
}

impl Kind {
    /// Of a file of this name, with its ending as it is spelled there: `.CSV` is one, too.
    fn of(name: &str) -> Option<(&str, Self)> {
        let ending = &name[name.rfind('.')?..];
        let found = KINDS.iter().find(|(extension, _)| ending[1..].eq_ignore_ascii_case(extension));
        found.map(|(_, kind)| (ending, *kind))
    }

    fn format(self) -> Arc<dyn FileFormat> {
        match self {
            Self::Parquet => Arc::new(ParquetFormat::default()),
            // Text may hold line breaks, as RFC 4180 allows and as the fields of a service do.
            Self::Csv => Arc::new(CsvFormat::default().with_newlines_in_values(true)),
            Self::Json => Arc::new(JsonFormat::default().with_newline_delimited(false)),
            Self::Ndjson => Arc::new(JsonFormat::default()),
            Self::Arrow => Arc::new(ArrowFormat),
        }
    }
}

/// The local path that a location of a statement means.
pub(super) fn local_path(location: &str) -> Result<PathBuf> {
    let Some((scheme, _)) = location.split_once("://") else { return Ok(PathBuf::from(location)) };
    match scheme.to_lowercase().as_str() {
        "file" => Url::parse(location).ok().and_then(|url| url.to_file_path().ok()).ok_or_else(|| {
            plan_datafusion_err!("`{location}` names no file of this machine; write the path alone")
        }),
        "http" | "https" => {
            plan_err!(
                "`{location}`: an http(s) address is never a table; download the file and name its path"
            )
        }
        _ => plan_err!(
            "`{location}`: no store is configured for `{scheme}`; only paths of this machine are open"
        ),
    }
}

/// Could this table name be meant as a path?
pub(super) fn is_path(name: &str) -> bool {
    name.contains(['/', '\\', '.'])
}

/// Opens the files that a statement names.
pub(super) struct Files {
    access: Access,
    state: SessionState,
}

impl Files {
    /// For a statement of this session.
    pub(super) fn new(access: Access, state: SessionState) -> Self {
        Self { access, state }
    }

    /// The file, folder or pattern of this name as a table; nothing where the name looks like no path.
    pub(super) async fn open(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if !is_path(name) {
            return Ok(None);
        }
        let path = local_path(name)?;
        if self.access == Access::Read {
            return Err(access::no_files(&format!("`{name}` is the name of a file")));
        }
        let text = path.to_str().ok_or_else(|| plan_datafusion_err!("`{name}` is no UTF-8 text"))?;
        let is_pattern = text.contains(['*', '?', '[']);
        if !is_pattern && let Err(e) = std::fs::metadata(&path) {
            return plan_err!("can't read `{name}`: {e}");
        }
        let state = &self.state;
        let url = ListingTableUrl::parse(text)?;
        let (extension, kind) = kind_in(state, &url, name).await?;
        let options = ListingOptions::new(kind.format()).with_file_extension(extension);
        let config = ListingTableConfig::new(url)
            .with_listing_options(options)
            .infer_partitions_from_path(state)
            .await?
            .infer_schema(state)
            .await?;
        Ok(Some(with_null_partitions(ListingTable::try_new(config)?)?))
    }
}

/// Can rows of this plan, in which views stand as what they select, come from files: from anything but sites and memory?
pub(super) fn reads_files(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let table = source_as_provider(&scan.source)?;
            let any: &dyn Any = &*table;
            found |= !(any.is::<RestTable>() || any.is::<SystemTable>() || any.is::<MemTable>());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// What the folder of the rows without a partition value is called, by Hive and by COPY, read as NULL.
fn with_null_partitions(table: ListingTable) -> Result<Arc<dyn TableProvider>> {
    let partitions: Vec<String> =
        table.options().table_partition_cols.iter().map(|(name, _)| name.clone()).collect();
    let table: Arc<dyn TableProvider> = Arc::new(table);
    if partitions.is_empty() {
        return Ok(table);
    }
    let scan = LogicalPlanBuilder::scan("files", provider_as_source(table), None)?;
    let columns: Vec<Expr> = scan
        .schema()
        .iter()
        .map(|(relation, field)| {
            let column = Expr::Column(Column::new(relation.cloned(), field.name()));
            match partitions.contains(field.name()) {
                true => nullif(cast(column, DataType::Utf8), lit(NULL_PARTITION)).alias(field.name()),
                false => column,
            }
        })
        .collect();
    Ok(Arc::new(ViewTable::new(scan.project(columns)?.build()?, None)))
}

/// What the files hold that this name means, and the ending that they all have. A table is read from files of one
/// ending: the others would be left out without a word.
async fn kind_in(state: &SessionState, url: &ListingTableUrl, name: &str) -> Result<(String, Kind)> {
    let store = state.runtime_env().object_store(url)?;
    let mut files = url.list_all_files(state, store.as_ref(), "").await?;
    let mut found: Option<(String, String, Kind)> = None;
    while let Some(file) = files.next().await {
        let location = file?.location;
        let file = location.filename().unwrap_or_default();
        match (Kind::of(file), &found) {
            (None, _) => {}
            (Some((ending, kind)), None) => found = Some((file.to_owned(), ending.to_owned(), kind)),
            (Some((ending, _)), Some((first, known, _))) => {
                if ending != known {
                    return plan_err!(
                        "`{name}` holds files that end differently, as `{first}` and `{file}` do, and a table is read \
                         from those of one ending; name them by a pattern, as in `*{known}`"
                    );
                }
            }
        }
    }
    let Some((_, ending, kind)) = found else {
        let known = KINDS.map(|(extension, _)| format!(".{extension}")).join(", ");
        return plan_err!(
            "`{name}` is, and holds, no file that can be read as a table; those end in {known}"
        );
    };
    Ok((ending, kind))
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("access", &self.access).finish_non_exhaustive()
    }
}

/// The stores of a session without files: there is none, whatever asks for one.
#[derive(Debug)]
pub(super) struct NoStores;

impl ObjectStoreRegistry for NoStores {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        Err(access::no_files(&format!("`{url}` is the name of a file")))
    }
}
