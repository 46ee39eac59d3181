//! The connections of a session as DataFusion finds them: by name, whatever its case, as all names are found.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use datafusion::catalog::{CatalogProvider, CatalogProviderList};

/// Catalogs with their names, by these in lower case.
#[derive(Debug, Default)]
pub(super) struct Catalogs(RwLock<Named>);

/// A catalog and its name as it is spelled, by the name in lower case.
type Named = BTreeMap<String, (String, Arc<dyn CatalogProvider>)>;

impl CatalogProviderList for Catalogs {
    fn register_catalog(
        &self,
        name: String,
        catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_lowercase(), (name, catalog)).map(|(_, before)| before)
    }

    fn catalog_names(&self) -> Vec<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.values().map(|(name, _)| name.clone()).collect()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&name.to_lowercase()).map(|(_, catalog)| Arc::clone(catalog))
    }
}
