//! (catalog: to be written)
