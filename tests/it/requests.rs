//! How many requests a statement costs: data requests, counted by the sandbox, `/myself` left out.
