//! (http: to be written)
