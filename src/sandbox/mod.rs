//! (sandbox: to be written)
