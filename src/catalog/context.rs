//! The engine's context of a session: its settings, made for a source where every request costs, its catalogs, and the
//! rules that are ours.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::config::Dialect;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{FunctionRegistry, SessionStateBuilder};
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::optimizer::{Analyzer, Optimizer};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::access::Access;
use super::approximate::ApproximateCount;
use super::boolean_text::BooleanText;
use super::catalogs::Catalogs;
use super::files::NoStores;
use super::number_text::NumberText;
use super::options::Options;
use super::site_catalog::{SCHEMAS, SiteCatalog};
use super::time_text::TimeText;
use super::time_zone::SessionZone;
use super::unused_join::UnusedJoin;
use super::views::Views;
use crate::connection::{Service, TimeZone};
use crate::scan::{BindJoins, Environment, KeysFromLeft, LateBinding};

/// Memory that sorts, joins and aggregates may take before they spill to disk.
const MEMORY: usize = 2 << 30;

/// The catalog of a session without connections.
pub(super) const NO_CONNECTION: &str = "jira";

/// The context over the environment's sites; unqualified names mean `default`'s.
pub(super) fn context(
    env: &Arc<Environment>,
    views: &Arc<Views>,
    default: Option<&str>,
    access: Access,
    options: &Options,
) -> SessionContext {
    let top = NonZeroUsize::MIN.saturating_add(2);
    let pool = TrackConsumersPool::new(FairSpillPool::new(MEMORY), top);
    // A file may be written between two statements that read its folder.
    let mut runtime =
        RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool)).with_object_list_cache_limit(0);
    if access == Access::Read {
        runtime = runtime.with_object_store_registry(Arc::new(NoStores));
    }
    let mut analyzer = Analyzer::new().rules;
    // Before types are coerced, which would settle what a text beside a time means.
    analyzer.insert(0, Arc::new(SessionZone));
    analyzer.insert(0, Arc::new(TimeText));
    let mut logical = Optimizer::new().rules;
    logical.push(Arc::new(UnusedJoin));
    let mut optimizer = PhysicalOptimizer::new().rules;
    // Before anything comes between a count and its scan.
    optimizer.insert(0, Arc::new(ApproximateCount));
    // Once the sides of joins are chosen, and before filters come down from one to the other.
    let sides = optimizer.iter().position(|rule| rule.name() == "join_selection").map_or(0, |at| at + 1);
    optimizer.insert(sides, Arc::new(KeysFromLeft));
    // After filters have come down to the scans.
    optimizer.push(Arc::new(BindJoins));
    optimizer.push(Arc::new(LateBinding));
    let state = SessionStateBuilder::new()
        .with_config(config(default, options))
        .with_runtime_env(runtime.build_arc().unwrap_or_default())
        .with_default_features()
        .with_catalog_list(Arc::new(Catalogs::default()))
        .with_analyzer_rules(analyzer)
        .with_optimizer_rules(logical)
        .with_physical_optimizer_rules(optimizer)
        .build();
    let mut context = SessionContext::new_with_state(state);
    let weak = context.state_weak_ref();
    views.attach(Box::new(move || Some(weak.upgrade()?.read().clone())));
    if default.is_none() {
        // A catalog of no service has what the session defines.
        context.register_catalog(NO_CONNECTION, Arc::new(SiteCatalog::new(env, views, NO_CONNECTION, "")));
    }
    for name in env.sites.names() {
        let service = env.sites.service(name).unwrap_or(Service::Jira);
        let catalog = SiteCatalog::new(env, views, name, service.name());
        context.register_catalog(name, Arc::new(catalog));
    }
    let beside_text: [Arc<dyn ExprPlanner>; 2] = [Arc::new(BooleanText), Arc::new(NumberText)];
    for planner in beside_text {
        if let Err(e) = FunctionRegistry::register_expr_planner(&mut context, planner) {
            env.report.warn(format!("booleans and numbers can't be compared with text: {e}"), 1);
        }
    }
    if let Err(e) = datafusion_functions_json::register_all(&mut context) {
        env.report.warn(format!("the JSON functions are not available: {e}"), 1);
    }
    context
}

fn config(default: Option<&str>, own: &Options) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_information_schema(true)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(default.unwrap_or(NO_CONNECTION), SCHEMAS[0]);
    let options = config.options_mut();
    options.extensions.insert(own.clone());
    options.sql_parser.dialect = Dialect::Generic;
    // A round robin would read every page ahead of a LIMIT.
    options.optimizer.enable_round_robin_repartition = false;
    // The smaller side of a join is always collected: it is what binds keys to the other one.
    options.optimizer.hash_join_single_partition_threshold = 1 << 40;
    options.optimizer.hash_join_single_partition_threshold_rows = 1 << 40;
    // All of its keys are handed over, however many.
    options.optimizer.hash_join_inlist_pushdown_max_size = 64 << 20;
    options.optimizer.hash_join_inlist_pushdown_max_distinct_values = 1_000_000;
    // As RFC 4180 allows, and as the CSV files that are written here have them.
    options.catalog.newlines_in_values = true;
    if let TimeZone::Zone(zone) = own.time_zone {
        options.execution.time_zone = Some(zone.name().to_owned());
    }
    config
}
