//! "Is it on? Turn it off": BMCs over LAN or through `/dev/ipmi0`.
