"""What the end-to-end tests and the benchmark are built from: the gate, upstreams, clients."""
