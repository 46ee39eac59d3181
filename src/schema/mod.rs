//! (schema: to be written)
