//! The connections of a session by name, each opened on first use: until then no secret of it is read, no client built.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::ScanError;
use super::site::Site;
use crate::connection::{Connection, Service, TimeZone};
use crate::http::{Client, HttpError, Observer};

/// Why a connection can't be opened, as the one who offers it says.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

/// A connection that is made when it is first used.
pub struct Deferred {
    /// The catalog's name.
    pub name: String,
    /// The kind of remote system.
    pub service: Service,
    /// Zone of literals and dates that name none.
    pub time_zone: TimeZone,
    /// Makes the connection. Asked again after a failure; may ask the user, and wait for the answer.
    pub open: Box<dyn Fn() -> Result<Connection, OpenError> + Send + Sync>,
}

impl fmt::Debug for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred").field("name", &self.name).finish_non_exhaustive()
    }
}

impl From<Connection> for Deferred {
    fn from(connection: Connection) -> Self {
        Self {
            name: connection.name.clone(),
            service: connection.service,
            time_zone: connection.time_zone,
            open: Box::new(move || Ok(connection.clone())),
        }
    }
}

/// Connections by name.
#[derive(Default)]
pub struct Sites {
    places: BTreeMap<String, Place>,
    observer: Option<Observer>,
}

struct Place {
    offer: Deferred,
    site: Mutex<Option<Arc<Site>>>,
}

impl fmt::Debug for Sites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.places.keys()).finish()
    }
}

impl Sites {
    /// None yet; the observer is told of every request to those that come.
    pub fn new(observer: Option<Observer>) -> Self {
        Self { places: BTreeMap::new(), observer }
    }

    /// Adds one. Gives it back if there is one of its name, in whatever case: it must not be read in its place.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn add(&mut self, offer: Deferred) -> Result<(), Deferred> {
        let name = offer.name.to_lowercase();
        if self.places.keys().any(|known| known.to_lowercase() == name) {
            return Err(offer);
        }
        self.places.insert(offer.name.clone(), Place { offer, site: Mutex::new(None) });
        Ok(())
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// The kind of system behind a name. Opens nothing.
    pub fn service(&self, name: &str) -> Option<Service> {
        self.places.get(name).map(|place| place.offer.service)
    }

    /// The time zone of a connection. Opens nothing.
    pub fn time_zone(&self, name: &str) -> Option<TimeZone> {
        self.places.get(name).map(|place| place.offer.time_zone)
    }

    /// The site behind a name, opened if it is not yet. Sends nothing.
    ///
    /// # Errors
    /// When there is none, the connection can't be made, or its client can't be built.
    pub fn open(&self, name: &str) -> Result<Arc<Site>, ScanError> {
        let place = self.places.get(name).ok_or_else(|| ScanError::Connection {
            name: name.to_owned(),
            known: self.names().collect::<Vec<_>>().join(", "),
        })?;
        // Held while it is opened: a second one who needs it waits, and nobody is asked twice.
        let mut site = place.site.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(site) = &*site {
            return Ok(Arc::clone(site));
        }
        let refused = |source| ScanError::Open { name: name.to_owned(), source };
        let connection = (place.offer.open)().map_err(refused)?;
        let client = self.client(&connection).map_err(|e| refused(e.into()))?;
        let opened = Site::new(connection, client);
        *site = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Those that are open, by name.
    pub fn opened(&self) -> Vec<Arc<Site>> {
        let sites = self.places.values();
        // One that is being opened is not open: whoever asks must not wait for the user's answer.
        sites.filter_map(|place| place.site.try_lock().ok()?.clone()).collect()
    }

    fn client(&self, connection: &Connection) -> Result<Client, HttpError> {
        match &self.observer {
            Some(observer) => Client::with_observer(connection, Arc::clone(observer)),
            None => Client::new(connection),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing test should panic")]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn offer(
        name: &str,
        open: impl Fn() -> Result<Connection, OpenError> + Send + Sync + 'static,
    ) -> Deferred {
        let (service, time_zone) = (Service::Jira, TimeZone::default());
        Deferred { name: name.to_owned(), service, time_zone, open: Box::new(open) }
    }

    #[test]
    fn a_connection_is_made_on_first_use_and_once() {
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let mut sites = Sites::default();
        sites
            .add(offer("a", move || {
                // The first answer is wrong; the user may give another one.
                match count.fetch_add(1, Ordering::Relaxed) {
                    0 => Err("no such secret".into()),
                    _ => Ok("URL=http://127.0.0.1:1;APIToken=x".parse()?),
                }
            }))
            .unwrap();
        sites.add(offer("b", || Err("never asked".into()))).unwrap();
        assert!(sites.opened().is_empty());
        assert_eq!(asked.load(Ordering::Relaxed), 0);
        assert_eq!(sites.open("a").unwrap_err().to_string(), "connection `a`: no such secret");
        for _ in 0..2 {
            sites.open("a").unwrap();
        }
        assert_eq!((asked.load(Ordering::Relaxed), sites.opened().len()), (2, 1));
        assert_eq!(sites.open("c").unwrap_err().to_string(), "no connection `c` here; known: a, b");
        for name in ["a", "A"] {
            assert!(sites.add(offer(name, || Err("second".into()))).is_err());
        }
    }
}
