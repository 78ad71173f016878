//! Test servers, conformance suites, faults and an oracle for Twinbase
