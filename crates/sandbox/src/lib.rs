//! Stand-ins of the peers over loopback sockets, stateful, with faults on demand.
