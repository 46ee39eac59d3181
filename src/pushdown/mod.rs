//! (pushdown: to be written)
