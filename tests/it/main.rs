//! Tests through the public surface. One binary, so that it is linked once.

mod bmc_driver;
mod cli_canned;
mod cli_exit;
mod cli_output;
mod cli_requests;
mod cli_wait;
mod common;
mod contract_access;
mod contract_create;
mod contract_http;
mod contract_input;
mod contract_instances;
mod contract_links;
mod contract_lists;
mod contract_nodes;
mod contract_parts;
mod contract_patch;
mod contract_power;
mod contract_secrets;
mod contract_site;
mod demo;
mod ipmi_sim;
mod layers;
mod lifecycle;
mod sim_rack;
mod sim_tools;
