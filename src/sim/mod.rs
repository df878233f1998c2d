//! A simulated rack: BMCs that speak RMCP+ over UDP, with faults and counters.
