//! Two rows a table, written down as literals.
