//! (sink: to be written)
