# Sugar over cargo; README.md does without it.

# Starts everything on this machine, with stand-ins for the other services
run *arguments:
    cargo run -- {{arguments}}

# Tests everything, or one crate: `just test mailcow`
test crate="":
    cargo test {{ if crate == "" { "--workspace" } else { "--package bheem-" + crate } }}

# What must hold before a change goes in
check:
    .ci/run

# Formats every file
fmt:
    cargo fmt --all

# Tests a client against a real peer: `LIVE_MAILCOW_URL=… just live mailcow`
live peer:
    cargo test --package bheem-{{peer}} --test live -- --include-ignored

# Writes docs/openapi.json from the routes
openapi:
    cargo run --quiet -- openapi > docs/openapi.json.new
    mv docs/openapi.json.new docs/openapi.json

# Measures the program from outside and the clients against real servers, with optimisation
bench *arguments:
    cargo bench --package bheem-server --bench load {{arguments}}
    cargo bench --package bheem-local-servers {{arguments}}
