//! IPMI v2.0 as a library without socket, clock or randomness.
