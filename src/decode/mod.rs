//! (decode: to be written)
