//! (connection: to be written)
