//! Background loops: power tasks and polling.
